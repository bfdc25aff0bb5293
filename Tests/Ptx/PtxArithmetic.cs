namespace MiniLstm.Tests;

/// <summary>Instructions that make one value of one to three others, lane by lane, by the tables of their families.</summary>
public static class PtxArithmetic
{
    private static readonly Dictionary<string, Func<ulong, ulong>> _unary =
        PtxIntegers.Unary.Concat(PtxFloats.Unary).Concat(PtxConversions.Unary).ToDictionary();

    private static readonly Dictionary<string, Func<ulong, ulong, ulong>> _binary =
        PtxIntegers.Binary.Concat(PtxFloats.Binary).Concat(PtxConversions.Binary).Concat(PtxComparisons.Binary).ToDictionary();

    private static readonly Dictionary<string, Func<ulong, ulong, ulong, ulong>> _ternary =
        PtxIntegers.Ternary.Concat(PtxFloats.Ternary).Concat(PtxComparisons.Ternary).ToDictionary();

    /// <summary>The instruction, if it is one of these.</summary>
    public static PtxInstruction? TryDecode(PtxDecoder decoder, PtxStatement statement)
    {
        IReadOnlyList<string> operands = statement.Operands;
        return operands.Count switch
        {
            2 when _unary.TryGetValue(statement.Opcode, out Func<ulong, ulong>? one) =>
                Apply(statement, decoder.Destination(operands[0]), decoder.Source(operands[1]), one),
            3 when _binary.TryGetValue(statement.Opcode, out Func<ulong, ulong, ulong>? two) =>
                Apply(statement, decoder.Destination(operands[0]), decoder.Source(operands[1]), decoder.Source(operands[2]), two),
            4 when _ternary.TryGetValue(statement.Opcode, out Func<ulong, ulong, ulong, ulong>? three) => Apply(
                statement,
                decoder.Destination(operands[0]),
                decoder.Source(operands[1]),
                decoder.Source(operands[2]),
                decoder.Source(operands[3]),
                three),
            _ => null,
        };
    }

    /// <summary>How values of a type are added.</summary>
    public static Func<ulong, ulong, ulong> Addition(string type) => _binary[$"add.{type}"];

    private static PtxInstruction Apply(PtxStatement statement, int to, int a, Func<ulong, ulong> function) => new(statement, PtxFlow.Next)
    {
        Reads = [a],
        Writes = [to],
        Action = (warp, lanes) =>
        {
            Span<ulong> results = warp.Lanes(to);
            ReadOnlySpan<ulong> x = warp.Lanes(a);
            foreach (int lane in new LaneSet(lanes))
                results[lane] = function(x[lane]);
        },
    };

    private static PtxInstruction Apply(PtxStatement statement, int to, int a, int b, Func<ulong, ulong, ulong> function) => new(statement, PtxFlow.Next)
    {
        Reads = [a, b],
        Writes = [to],
        Action = (warp, lanes) =>
        {
            Span<ulong> results = warp.Lanes(to);
            ReadOnlySpan<ulong> x = warp.Lanes(a);
            ReadOnlySpan<ulong> y = warp.Lanes(b);
            foreach (int lane in new LaneSet(lanes))
                results[lane] = function(x[lane], y[lane]);
        },
    };

    private static PtxInstruction Apply(
        PtxStatement statement, int to, int a, int b, int c, Func<ulong, ulong, ulong, ulong> function) => new(statement, PtxFlow.Next)
        {
            Reads = [a, b, c],
            Writes = [to],
            Action = (warp, lanes) =>
            {
                Span<ulong> results = warp.Lanes(to);
                ReadOnlySpan<ulong> x = warp.Lanes(a);
                ReadOnlySpan<ulong> y = warp.Lanes(b);
                ReadOnlySpan<ulong> z = warp.Lanes(c);
                foreach (int lane in new LaneSet(lanes))
                    results[lane] = function(x[lane], y[lane], z[lane]);
            },
        };
}
