using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>What operations of small sizes do not reach: optimisers' rules and what judges their steps, recurrent steps with each tile.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Run">Computes, and gives all that came out.</param>
internal sealed record PtxPrimitive(string Name, Func<Tape, IReadOnlyList<View>> Run)
{
    private const int Count = 70;

    private static readonly LstmVariant _variant = new(HasPeepholes: true, Clip: 0.5, NormalizesCell: false);
    private static readonly ChosenActivations _activations = new(CellActivation.Sigmoid, CellActivation.Softplus, CellActivation.HardSigmoidKeras2);

    /// <summary>All of them.</summary>
    public static IEnumerable<PtxPrimitive> All { get; } =
    [
        Rule(new SgdRule(0.1, 0.9, 0.01, nesterov: true)),
        Rule(new AdamRule(0.1, 0.9, 0.99, 1e-8, 0.01, decoupled: true, amsgrad: true, step: 3)),
        Rule(new RmsPropRule(0.1, 0.9, 1e-8, 0.01, 0.5, centered: true)),
        Rule(new AdagradRule(0.1, 1e-8, 0.5, 0.01)),
        Rule(new AveragingRule(0.3)),
        new("sum of squares", SumOfSquares),
        new("draw", Draw),
        new("judge and copy", JudgeAndCopy),
        new("copy of integers", CopyIntegers),
        new("scatter-add of many rows", ScatterAdd),
        .. Steps(new SimpleRnnCell(CellActivation.Tanh)),
        .. Steps(new GruCell(CellActivation.Sigmoid, CellActivation.Tanh)),
        .. Steps(default(LstmCell)),
        .. Steps(default(LstmCell), units: 33),
        .. Steps(new LstmVariantCell<UsualActivations>(_variant, default)),
        .. Steps(new LstmVariantCell<ChosenActivations>(_variant, _activations)),
        .. Steps(new CoupledLstmCell<UsualActivations>(_variant, default)),
        .. Steps(new CoupledLstmCell<ChosenActivations>(_variant, _activations)),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static PtxPrimitive Rule<TRule>(TRule rule)
        where TRule : struct, IUpdateRule<TRule> => new(typeof(TRule).Name, tape =>
    {
        View[] views = [.. Enumerable.Range(1, 5).Select(seed => Values(tape, [Count], seed))];
        tape.Backend.Update(
            views[0], views[1], new(views[2], views[3], views[4]), rule, Upload(tape, [2], 4, 0), new(Upload(tape, [1], 4), 1.5, 0.4));
        return views;
    });

    // One step forward, and one back with the gradients of a later one. No sum fits into shared memory at once.
    private static IEnumerable<PtxPrimitive> Steps<TCell>(TCell cell, int units = 36)
        where TCell : struct, ICell<TCell> =>
        from tileRows in (int[])[32, 16, 8]
        select new PtxPrimitive($"step, {KernelTypes.Name(typeof(TCell))}, {units} units, tiles of {tileRows} rows", tape =>
        {
            const int Rows = 9;
            bool hasCell = CellSizes<TCell>.HasCell;
            View gates = Values(tape, [Rows, CellSizes<TCell>.Gates * units], seed: 1);
            View later = Values(tape, gates.Shape, seed: 2);
            View weight = Values(tape, [CellSizes<TCell>.Recurrent * units, units], seed: 3);
            View own = TCell.WeightCount > 0 ? Values(tape, [TCell.WeightCount, units], seed: 4) : default;
            View dOwn = TCell.WeightCount > 0 ? Values(tape, own.Shape, seed: 5) : default;
            (View H, View C) before = States(6);
            (View H, View C) after = States(7);
            (View H, View C) gradient = States(8);
            (View H, View C) gradientBefore = (States(9).H, gradient.C);
            if (tape.Backend is IlgpuBackend device)
            {
                device.ProductAndStep(cell, gates, before.H, weight, before, own, after, default, tileRows);
                device.ProductAndStepSlope(cell, later, weight, gates, before, own, gradient, gradientBefore, dOwn, default, tileRows);
            }
            else
            {
                tape.Backend.ProductAndStep(cell, gates, before.H, weight, before, own, after);
                tape.Backend.ProductAndStepSlope(cell, later, weight, gates, before, own, gradient, gradientBefore, dOwn);
            }

            View[] results = [gates, after.H, after.C, gradientBefore.H, gradientBefore.C, dOwn];
            return [.. results.Where(v => v.Exists)];

            (View H, View C) States(int seed) => (Values(tape, [Rows, units], seed), hasCell ? Values(tape, [Rows, units], seed + 10) : default);
        });

    private static IReadOnlyList<View> SumOfSquares(Tape tape)
    {
        View all = tape.Rent([1], "sum");
        tape.Backend.SumOfSquares(all, Values(tape, [5000], seed: 1), add: false);
        return [all];
    }

    private static IReadOnlyList<View> Draw(Tape tape)
    {
        View drawn = tape.Rent([Count], "drawn");
        tape.Backend.Draw(drawn, 0.3, new RandomRange(Seed: 5, Stream: 6, Offset: ulong.MaxValue - 9));
        return [drawn];
    }

    private static IReadOnlyList<View> JudgeAndCopy(Tape tape)
    {
        View status = Upload(tape, [2], double.PositiveInfinity, 0);
        View to = Values(tape, [Count], seed: 1);
        tape.Backend.CopyUnlessFailed(to, Values(tape, [Count], seed: 2), status);
        tape.Backend.JudgeGradient(status, 7);
        View kept = Values(tape, [Count], seed: 3);
        tape.Backend.CopyUnlessFailed(kept, to, status);
        return [to, kept, status.Range(1, 1)];
    }

    private static IReadOnlyList<View> CopyIntegers(Tape tape)
    {
        View ids = tape.Rent([3], ElementKind.Int32, "integers");
        View copy = tape.Rent([3], ElementKind.Int32, "copy");
        tape.Backend.Upload(ids, [int.MinValue, 7, 2]);
        tape.Backend.Copy(copy, ids);
        return [copy];
    }

    // Ids of one part and of several.
    private static IReadOnlyList<View> ScatterAdd(Tape tape)
    {
        View table = Values(tape, [4, 3], seed: 1);
        int[] ids = [.. Enumerable.Range(0, 200).Select(r => r < 10 ? r % 3 : 2)];
        tape.Backend.ScatterAdd(table, tape.Indices([ids.Length], ids), Values(tape, [ids.Length, 3], seed: 2), skippedId: 1);
        return [table];
    }

    private static View Values(Tape tape, Shape shape, int seed) =>
        Upload(tape, shape, [.. Enumerable.Range(0, (int)shape.Count).Select(i => 0.5 + 0.5 * Math.Sin(seed * (i + 1)))]);

    private static View Upload(Tape tape, Shape shape, params double[] values)
    {
        View view = tape.Rent(shape, "values");
        tape.Backend.Upload(view, values);
        return view;
    }
}
