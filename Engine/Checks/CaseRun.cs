namespace MiniLstm.Engine;

/// <summary>What a case gave: its results, and the gradient of each operand.</summary>
/// <param name="Outputs">The values of each result.</param>
/// <param name="Gradients">The gradient of each floating-point operand.</param>
internal sealed record CaseValues(IReadOnlyList<double[]> Outputs, IReadOnlyList<double[]> Gradients);

/// <summary>A case with values drawn for its operands. The same values come out every time.</summary>
/// <remarks>
/// The loss is the sum of all results, each element weighted at random. The operation is built twice on the same operands with different
/// weights, so that backward writes each gradient first and then adds to it.
/// </remarks>
internal sealed class CaseRun
{
    private const ulong RandomSeed = 1;
    private const ulong FirstIndexStream = 100;
    private const ulong FirstWeightStream = 200;

    private readonly OperationCase _case;
    private readonly Dictionary<int, double[]> _weights = [];

    public CaseRun(OperationCase operationCase)
    {
        _case = operationCase;
        Values = [.. _case.Operands.Select((operand, k) => operand.Draw(new(RandomSeed, (ulong)k)))];
        Indices = [.. _case.Indices.Select((operand, k) => operand.Draw(new(RandomSeed, FirstIndexStream + (ulong)k)))];
    }

    /// <summary>The values of each floating-point operand; the gradient check moves them.</summary>
    public IReadOnlyList<double[]> Values { get; }

    /// <summary>The values of each integer operand.</summary>
    public IReadOnlyList<int[]> Indices { get; }

    /// <summary>Runs the case, forward and backward.</summary>
    /// <param name="backend">Where.</param>
    /// <param name="only">The one operand whose gradient is wanted, or null for all.</param>
    /// <returns>Results and gradients; the gradient of what is not wanted is zero.</returns>
    /// <exception cref="InvalidOperationException">Memory is still rented after the tape was disposed of.</exception>
    public CaseValues Run(Backend backend, int? only = null)
    {
        int outstanding = backend.Pool.Statistics.Outstanding;
        CaseValues values = RunOnTape(backend, only);
        if (backend.Pool.Statistics.Outstanding != outstanding)
            throw new InvalidOperationException(
                $"{_case}: still rented after Dispose: {string.Join(", ", backend.Pool.Outstanding)}");
        return values;
    }

    /// <summary>
    /// Runs the case with its operands as parameters, whose values were others at first: backends keep copies of parameters in layouts of their own,
    /// and must notice.
    /// </summary>
    /// <param name="backend">Where.</param>
    /// <returns>Results and gradients.</returns>
    public CaseValues RunOnParameters(Backend backend)
    {
        using ParameterStore store = new(backend, [.. _case.Operands.Select((operand, k) => PlanOf(operand, k))]);
        RunOnParameters(backend, store);
        for (int k = 0; k < Values.Count; k++)
            store.All[k].Set(Values[k]);
        store.ClearGradients();
        return RunOnParameters(backend, store);
    }

    /// <summary>The loss for the present <see cref="Values"/>.</summary>
    /// <param name="backend">Where.</param>
    /// <returns>The weighted sum of all results.</returns>
    public double Loss(Backend backend)
    {
        using Tape tape = Tape.ForTraining(backend);
        IReadOnlyList<Tensor> outputs = Build(tape, Inputs(tape, _ => false));
        double loss = 0;
        for (int k = 0; k < outputs.Count; k++)
        {
            double[] values = outputs[k].ToArray();
            double[] first = WeightsOf(k, values.Length);
            double[] second = WeightsOf(k + outputs.Count, values.Length);
            for (int i = 0; i < values.Length; i++)
                loss += values[i] * (first[i] + second[i]);
        }

        return loss;
    }

    private CaseValues RunOnTape(Backend backend, int? only)
    {
        using Tape tape = Tape.ForTraining(backend);
        Tensor[] inputs = Inputs(tape, k => only is null || only == k);
        Tensor[] outputs = [.. Build(tape, inputs), .. Build(tape, inputs)];
        double[][] values = [.. outputs.Select(o => o.ToArray())];
        tape.Backward([.. outputs.Select((output, k) => (output, Seed(tape, output.Shape, k)))]);
        return new(values, [.. inputs.Select(tape.GradientToArray)]);
    }

    private CaseValues RunOnParameters(Backend backend, ParameterStore store)
    {
        using Tape tape = Tape.ForTraining(backend);
        Tensor[] inputs = Inputs(tape, _ => false);
        for (int k = 0; k < inputs.Length; k++)
        {
            if (!_case.Operands[k].IsConstant)
                inputs[k] = tape.Use(store.All[k]);
        }

        Tensor[] outputs = [.. Build(tape, inputs), .. Build(tape, inputs)];
        double[][] values = [.. outputs.Select(o => o.ToArray())];
        tape.Backward([.. outputs.Select((output, k) => (output, Seed(tape, output.Shape, k)))]);
        return new(values, [.. store.All.Select(parameter => parameter.GradientToArray())]);
    }

    // At first the values in reverse: within their ranges, and others.
    private ParameterPlan PlanOf(Operand operand, int k) => new($"operand{k}", operand.Shape, values =>
    {
        Values[k].CopyTo(values);
        values.Reverse();
    });

    private Tensor[] Inputs(Tape tape, Func<int, bool> isTracked) =>
        [.. _case.Operands.Select((operand, k) => tape.Input(operand.Shape, Values[k], isTracked(k) && !operand.IsConstant))];

    private IReadOnlyList<Tensor> Build(Tape tape, Tensor[] inputs) =>
        _case.Build(tape, inputs, [.. _case.Indices.Select((operand, k) => tape.Indices(operand.Shape, Indices[k]))]);

    private View Seed(Tape tape, Shape shape, int output)
    {
        View seed = tape.Rent(shape, "seed");
        tape.Backend.Upload(seed, WeightsOf(output, (int)shape.Count));
        return seed;
    }

    // The weight of each element of a result in the loss: in [-1, 1], exact in float32.
    private double[] WeightsOf(int output, int count)
    {
        if (!_weights.TryGetValue(output, out double[]? weights))
        {
            RandomStream random = new(RandomSeed, FirstWeightStream + (ulong)output);
            weights = new double[count];
            for (int i = 0; i < count; i++)
                weights[i] = 2 * random.NextUniform() - 1;
            _weights[output] = weights;
        }

        return weights;
    }
}
