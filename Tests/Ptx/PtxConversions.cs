namespace MiniLstm.Tests;

/// <summary>Values of one type made into another: <c>cvt</c>. The first type named is the result's.</summary>
public static class PtxConversions
{
    /// <summary>Of one operand, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong>> Unary { get; } = new()
    {
        ["cvt.u32.u64"] = a => (uint)a,
        ["cvt.u32.s64"] = a => (uint)a,
        ["cvt.s32.u64"] = a => (uint)a,
        ["cvt.s32.s64"] = a => (uint)a,
        ["cvt.u64.u32"] = a => (uint)a,
        ["cvt.s64.u32"] = a => (uint)a,
        ["cvt.u64.s32"] = a => (ulong)(int)a,
        ["cvt.s64.s32"] = a => (ulong)(int)a,
        ["cvt.u16.u32"] = a => (ushort)a,
        ["cvt.u32.u16"] = a => (ushort)a,
        ["cvt.rn.f32.s32"] = a => PtxFloats.Bits((int)a),
        ["cvt.rn.f32.u32"] = a => PtxFloats.Bits((uint)a),
        ["cvt.rn.f32.s64"] = a => PtxFloats.Bits((long)a),
        ["cvt.rn.f32.u64"] = a => PtxFloats.Bits(a),

        // Toward zero, and to the nearest number that there is: so do casts in .NET.
        ["cvt.rzi.s32.f32"] = a => (uint)(int)PtxFloats.Float(a),
        ["cvt.rzi.u32.f32"] = a => (uint)PtxFloats.Float(a),
        ["cvt.rn.f32.f64"] = a => PtxFloats.Bits((float)BitConverter.UInt64BitsToDouble(a)),
        ["cvt.f64.f32"] = a => BitConverter.DoubleToUInt64Bits(PtxFloats.Float(a)),
        ["cvt.rna.tf32.f32"] = RoundToTf32,
        ["cvt.rn.bf16.f32"] = RoundToBFloat16,
    };

    /// <summary>Of two operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong>> Binary { get; } = new()
    {
        // The first operand becomes the upper half.
        ["cvt.rn.bf16x2.f32"] = (high, low) => RoundToBFloat16(high) << 16 | RoundToBFloat16(low),
    };

    // Ties go away from zero. 13 bits of the mantissa are dropped.
    private static ulong RoundToTf32(ulong register)
    {
        uint bits = (uint)register;
        return float.IsFinite(PtxFloats.Float(register)) ? (bits + 0x1000) & 0xFFFF_E000 : bits;
    }

    // Ties go to the even one.
    private static ulong RoundToBFloat16(ulong register)
    {
        uint bits = (uint)register;
        if (float.IsNaN(PtxFloats.Float(register)))
            return 0x7FFF;
        return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }
}
