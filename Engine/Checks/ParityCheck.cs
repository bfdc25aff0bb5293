namespace MiniLstm.Engine;

/// <summary>Compares a backend with <see cref="ReferenceBackend"/>: results and gradients of one case from the same values, exact in float32.</summary>
public static class ParityCheck
{
    /// <summary>Runs the check, on inputs and once more on parameters. On a backend that poisons it also finds reads of memory that was not written, and writes outside a view.</summary>
    /// <param name="operationCase">The case.</param>
    /// <param name="device">The backend under test.</param>
    /// <returns>The worst difference over the largest value of its tensor (at least 0.001); infinite if a value is NaN. To be held against
    /// <see cref="OperationCase.Tolerance"/>.</returns>
    /// <exception cref="InvalidOperationException">Memory was written outside its view, or not returned.</exception>
    public static double WorstError(OperationCase operationCase, Backend device)
    {
        using ReferenceBackend reference = new(BackendOptions.Default with { Poison = true });
        CaseRun run = new(operationCase);
        CaseValues expected = run.Run(reference);
        return RelativeError.Larger(Worst(run.Run(device), expected), Worst(run.RunOnParameters(device), expected));
    }

    private static double Worst(CaseValues actual, CaseValues expected)
    {
        double worst = 0;
        for (int k = 0; k < expected.Outputs.Count; k++)
            worst = RelativeError.Larger(worst, RelativeError.Of(actual.Outputs[k], expected.Outputs[k]));
        for (int k = 0; k < expected.Gradients.Count; k++)
            worst = RelativeError.Larger(worst, RelativeError.Of(actual.Gradients[k], expected.Gradients[k]));
        return worst;
    }
}
