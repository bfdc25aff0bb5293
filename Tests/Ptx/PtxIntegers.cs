namespace MiniLstm.Tests;

/// <summary>Integers and truth values. A register of fewer than 64 bits holds its value with zeros above; a truth value is 0 or 1.</summary>
public static class PtxIntegers
{
    private static readonly string[] _types32 = ["s32", "u32", "b32"];
    private static readonly string[] _types64 = ["s64", "u64", "b64"];

    /// <summary>Of one operand, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong>> Unary { get; } = new()
    {
        ["mov.pred"] = a => a,
        ["mov.b16"] = a => (ushort)a,
        ["mov.u16"] = a => (ushort)a,
        ["mov.b32"] = a => (uint)a,
        ["mov.u32"] = a => (uint)a,
        ["mov.s32"] = a => (uint)a,
        ["mov.b64"] = a => a,
        ["mov.u64"] = a => a,
        ["mov.s64"] = a => a,

        // Pointers are those of their space from the start.
        ["cvta.to.global.u64"] = a => a,
        ["cvta.to.shared.u64"] = a => a,
        ["not.pred"] = a => a ^ 1,
        ["not.b32"] = a => (uint)~a,
        ["not.b64"] = a => ~a,
        ["neg.s32"] = a => (uint)-(int)a,
        ["neg.s64"] = a => (ulong)-(long)a,
        ["abs.s32"] = a => (uint)Math.Abs((int)a),
        ["popc.b32"] = a => (ulong)uint.PopCount((uint)a),
        ["clz.b32"] = a => (ulong)uint.LeadingZeroCount((uint)a),
    };

    /// <summary>Of two operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong>> Binary { get; } = MakeBinary();

    /// <summary>Of three operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong, ulong>> Ternary { get; } = new()
    {
        ["mad.lo.s32"] = (a, b, c) => (uint)(a * b + c),
        ["mad.lo.u32"] = (a, b, c) => (uint)(a * b + c),
        ["mad.lo.s64"] = (a, b, c) => a * b + c,
        ["mad.lo.u64"] = (a, b, c) => a * b + c,
        ["mad.wide.u32"] = (a, b, c) => (ulong)(uint)a * (uint)b + c,
        ["mad.wide.s32"] = (a, b, c) => (ulong)((long)(int)a * (int)b) + c,
        ["selp.b32"] = (a, b, p) => (uint)(p != 0 ? a : b),
        ["selp.b64"] = (a, b, p) => p != 0 ? a : b,
        ["selp.f32"] = (a, b, p) => (uint)(p != 0 ? a : b),
    };

    private static Dictionary<string, Func<ulong, ulong, ulong>> MakeBinary()
    {
        Dictionary<string, Func<ulong, ulong, ulong>> table = new()
        {
            ["mul.wide.u32"] = (a, b) => (ulong)(uint)a * (uint)b,
            ["mul.wide.s32"] = (a, b) => (ulong)((long)(int)a * (int)b),
            ["mul.hi.u32"] = (a, b) => ((ulong)(uint)a * (uint)b) >> 32,
            ["div.s32"] = (a, b) => (uint)((int)a / (int)b),
            ["div.u32"] = (a, b) => (uint)a / (uint)b,
            ["div.s64"] = (a, b) => (ulong)((long)a / (long)b),
            ["div.u64"] = (a, b) => a / b,
            ["rem.s32"] = (a, b) => (uint)((int)a % (int)b),
            ["rem.u32"] = (a, b) => (uint)a % (uint)b,
            ["rem.s64"] = (a, b) => (ulong)((long)a % (long)b),
            ["rem.u64"] = (a, b) => a % b,
            ["min.s32"] = (a, b) => (uint)Math.Min((int)a, (int)b),
            ["min.u32"] = (a, b) => Math.Min((uint)a, (uint)b),
            ["max.s32"] = (a, b) => (uint)Math.Max((int)a, (int)b),
            ["max.u32"] = (a, b) => Math.Max((uint)a, (uint)b),
            ["and.pred"] = (a, b) => a & b,
            ["or.pred"] = (a, b) => a | b,
            ["xor.pred"] = (a, b) => a ^ b,
            ["and.b32"] = (a, b) => (uint)(a & b),
            ["or.b32"] = (a, b) => (uint)(a | b),
            ["xor.b32"] = (a, b) => (uint)(a ^ b),
            ["and.b64"] = (a, b) => a & b,
            ["or.b64"] = (a, b) => a | b,
            ["xor.b64"] = (a, b) => a ^ b,

            // Shifts by more than the width give what shifting bit by bit would.
            ["shl.b32"] = (a, b) => (uint)b > 31 ? 0 : (uint)a << (int)b,
            ["shl.b64"] = (a, b) => (uint)b > 63 ? 0 : a << (int)b,
            ["shr.s32"] = (a, b) => (uint)((int)a >> (int)Math.Min((uint)b, 31)),
            ["shr.s64"] = (a, b) => (ulong)((long)a >> (int)Math.Min((uint)b, 63)),
        };
        foreach (string type in _types32)
        {
            table.Add($"add.{type}", (a, b) => (uint)(a + b));
            table.Add($"sub.{type}", (a, b) => (uint)(a - b));
            table.Add($"mul.lo.{type}", (a, b) => (uint)(a * b));
            table.TryAdd($"shr.{type}", (a, b) => (uint)b > 31 ? 0 : (uint)a >> (int)b);
        }

        foreach (string type in _types64)
        {
            table.Add($"add.{type}", (a, b) => a + b);
            table.Add($"sub.{type}", (a, b) => a - b);
            table.Add($"mul.lo.{type}", (a, b) => a * b);
            table.TryAdd($"shr.{type}", (a, b) => (uint)b > 63 ? 0 : a >> (int)b);
        }

        return table;
    }
}
