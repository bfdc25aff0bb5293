namespace MiniLstm.Engine;

/// <summary>Gives an operation the shapes that its case says must be refused, and reads the error.</summary>
public static class ShapeCheck
{
    /// <summary>Runs the check.</summary>
    /// <param name="operationCase">The case.</param>
    /// <returns>Null if the error is the expected one or the case expects none, else what happened instead.</returns>
    public static string? Failure(OperationCase operationCase)
    {
        if (operationCase.Misfit is not { } misfit)
            return null;

        Operand[] operands = [.. operationCase.Operands.Zip(misfit.Shapes, (operand, shape) => operand.In(shape))];
        CaseRun run = new(operationCase with { Operands = operands });
        using ReferenceBackend backend = new();
        try
        {
            run.Loss(backend);
            return $"{string.Join(" ", misfit.Shapes)} were accepted, expected an error with '{misfit.Message}'";
        }
        catch (ShapeException e)
        {
            return e.Message.Contains(misfit.Message, StringComparison.Ordinal)
                ? null
                : $"the error is '{e.Message}', expected one with '{misfit.Message}'";
        }
    }
}
