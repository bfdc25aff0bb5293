namespace MiniLstm.Tests;

/// <summary>Floating point, rounded to nearest and with denormals, as these instructions do. What a device computes otherwise, such as the
/// approximations, is not here: kernels may not use it.</summary>
public static class PtxFloats
{
    /// <summary>Of one operand, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong>> Unary { get; } = new()
    {
        ["mov.f32"] = a => (uint)a,
        ["mov.f64"] = a => a,
        ["neg.f32"] = Of(a => -a),
        ["abs.f32"] = Of(MathF.Abs),
        ["rcp.rn.f32"] = Of(a => 1 / a),
        ["sqrt.rn.f32"] = Of(MathF.Sqrt),
        ["neg.f64"] = a => BitConverter.DoubleToUInt64Bits(-Double(a)),
        ["testp.notanumber.f32"] = a => float.IsNaN(Float(a)) ? 1UL : 0,
        ["testp.finite.f32"] = a => float.IsFinite(Float(a)) ? 1UL : 0,
        ["testp.infinite.f32"] = a => float.IsInfinity(Float(a)) ? 1UL : 0,
        ["testp.infinite.f64"] = a => double.IsInfinity(Double(a)) ? 1UL : 0,
    };

    /// <summary>Of two operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong>> Binary { get; } = new()
    {
        ["add.f32"] = Of((a, b) => a + b),
        ["add.rn.f32"] = Of((a, b) => a + b),
        ["sub.f32"] = Of((a, b) => a - b),
        ["sub.rn.f32"] = Of((a, b) => a - b),
        ["mul.f32"] = Of((a, b) => a * b),
        ["mul.rn.f32"] = Of((a, b) => a * b),
        ["div.rn.f32"] = Of((a, b) => a / b),
        ["add.f64"] = (a, b) => BitConverter.DoubleToUInt64Bits(Double(a) + Double(b)),
        ["sub.f64"] = (a, b) => BitConverter.DoubleToUInt64Bits(Double(a) - Double(b)),
        ["min.f32"] = Of((a, b) => float.MinNumber(a, b)),
        ["max.f32"] = Of((a, b) => float.MaxNumber(a, b)),
    };

    /// <summary>Of three operands, by opcode.</summary>
    public static Dictionary<string, Func<ulong, ulong, ulong, ulong>> Ternary { get; } = new()
    {
        ["fma.rn.f32"] = (a, b, c) => Bits(MathF.FusedMultiplyAdd(Float(a), Float(b), Float(c))),
    };

    /// <summary>The value of a register.</summary>
    public static float Float(ulong register) => BitConverter.UInt32BitsToSingle((uint)register);

    /// <summary>The value of a register of 64 bits.</summary>
    public static double Double(ulong register) => BitConverter.UInt64BitsToDouble(register);

    /// <summary>The register of a value.</summary>
    public static ulong Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static Func<ulong, ulong> Of(Func<float, float> function) => a => Bits(function(Float(a)));

    private static Func<ulong, ulong, ulong> Of(Func<float, float, float> function) => (a, b) => Bits(function(Float(a), Float(b)));
}
