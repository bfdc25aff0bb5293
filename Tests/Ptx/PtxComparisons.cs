namespace MiniLstm.Tests;

/// <summary>Comparisons: <c>setp.lt.s32</c>, and with a third operand <c>setp.lt.or.s32</c>, the truth of either.</summary>
public static class PtxComparisons
{
    /// <summary>Of two operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong>> Binary { get; } =
        All().ToDictionary(c => $"setp.{c.Relation}.{c.Type}", c => Truth(c.Holds));

    /// <summary>Of three operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong, ulong>> Ternary { get; } = All()
        .SelectMany(c => new KeyValuePair<string, Func<ulong, ulong, ulong, ulong>>[]
        {
            new($"setp.{c.Relation}.and.{c.Type}", (a, b, p) => Truth(c.Holds)(a, b) & p),
            new($"setp.{c.Relation}.or.{c.Type}", (a, b, p) => Truth(c.Holds)(a, b) | p),
        })
        .ToDictionary();

    private static IEnumerable<Comparison> All() =>
    [
        .. Ordered("s32", (a, b) => ((int)a).CompareTo((int)b)),
        .. Ordered("s64", (a, b) => ((long)a).CompareTo((long)b)),
        .. Ordered("u32", (a, b) => ((uint)a).CompareTo((uint)b)),
        .. Ordered("u64", (a, b) => a.CompareTo(b)),
        new("eq", "b32", (a, b) => (uint)a == (uint)b),
        new("ne", "b32", (a, b) => (uint)a != (uint)b),
        .. Floats("f32", PtxFloats.Float),
        .. Floats("f64", BitConverter.UInt64BitsToDouble),
    ];

    // Unsigned integers have names of their own for what is lower and higher, too.
    private static IEnumerable<Comparison> Ordered(string type, Func<ulong, ulong, int> compare)
    {
        yield return new("eq", type, (a, b) => compare(a, b) == 0);
        yield return new("ne", type, (a, b) => compare(a, b) != 0);
        foreach ((string Relation, Func<int, bool> Holds) relation in new (string, Func<int, bool>)[]
        {
            ("lt", order => order < 0), ("le", order => order <= 0), ("gt", order => order > 0), ("ge", order => order >= 0),
        })
        {
            yield return new(relation.Relation, type, (a, b) => relation.Holds(compare(a, b)));
            if (type[0] == 'u')
                yield return new(Unsigned(relation.Relation), type, (a, b) => relation.Holds(compare(a, b)));
        }
    }

    private static string Unsigned(string relation) => relation switch
    {
        "lt" => "lo",
        "le" => "ls",
        "gt" => "hi",
        _ => "hs",
    };

    // With NaN nothing holds, or everything, where a u stands at the end.
    private static IEnumerable<Comparison> Floats<T>(string type, Func<ulong, T> value)
        where T : System.Numerics.IFloatingPoint<T>
    {
        foreach ((string Relation, Func<T, T, bool> Holds) relation in new (string, Func<T, T, bool>)[]
        {
            ("eq", (x, y) => x == y), ("ne", (x, y) => x != y), ("lt", (x, y) => x < y),
            ("le", (x, y) => x <= y), ("gt", (x, y) => x > y), ("ge", (x, y) => x >= y),
        })
        {
            yield return new(relation.Relation, type, (a, b) => IsOrdered(a, b) && relation.Holds(value(a), value(b)));
            yield return new($"{relation.Relation}u", type, (a, b) => !IsOrdered(a, b) || relation.Holds(value(a), value(b)));
        }

        bool IsOrdered(ulong a, ulong b) => !T.IsNaN(value(a)) && !T.IsNaN(value(b));
    }

    private static Func<ulong, ulong, ulong> Truth(Func<ulong, ulong, bool> holds) => (a, b) => holds(a, b) ? 1UL : 0;

    private sealed record Comparison(string Relation, string Type, Func<ulong, ulong, bool> Holds);
}
