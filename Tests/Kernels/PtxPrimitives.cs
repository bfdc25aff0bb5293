using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>What of the contract no operation reaches: optimisers' rules, and what judges their steps.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Run">Computes, and gives all that came out.</param>
internal sealed record PtxPrimitive(string Name, Func<Tape, IReadOnlyList<View>> Run)
{
    private const int Count = 70;

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

    private static View Values(Tape tape, Shape shape, int seed) =>
        Upload(tape, shape, [.. Enumerable.Range(0, (int)shape.Count).Select(i => 0.5 + 0.5 * Math.Sin(seed * (i + 1)))]);

    private static View Upload(Tape tape, Shape shape, params double[] values)
    {
        View view = tape.Rent(shape, "values");
        tape.Backend.Upload(view, values);
        return view;
    }
}
