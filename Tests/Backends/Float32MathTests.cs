using System.Runtime.Intrinsics;
using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>The accuracy that <see cref="Float32Math"/> states, in units of the last place, over all exponents; and that all widths agree to the bit.</summary>
[Category("Widths")]
public sealed unsafe class Float32MathTests
{
    private const int Lanes = 16;

    private delegate void Function(float* x, float* y);

    // Values of both signs with every exponent, and what surrounds zero and the ends of the range.
    private static readonly float[] _arguments = MakeArguments();

    [Test]
    public void Exp_IsWithin1Ulp() => CheckAccuracy("exp", Math.Exp, 1.01, _ => true);

    [Test]
    public void Log_IsWithin1Ulp() => CheckAccuracy("log", Math.Log, 1.0, x => x > 0);

    [Test]
    public void Tanh_IsWithin2HalfUlp() => CheckAccuracy("tanh", Math.Tanh, 2.6, _ => true);

    [Test]
    public void Sigmoid_IsWithin2HalfUlp_DownToMinus86() =>
        CheckAccuracy("sigmoid", x => 1 / (1 + Math.Exp(-x)), 2.6, x => x > -86);

    [Test]
    public void Erf_IsWithin3Ulp() => CheckAccuracy("erf", x => F64.Erf(new(x)).Value, 3, _ => true);

    [TestCase("exp", float.NegativeInfinity, 0f)]
    [TestCase("exp", float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase("exp", float.NaN, float.NaN)]
    [TestCase("log", 0f, float.NegativeInfinity)]
    [TestCase("log", -1f, float.NaN)]
    [TestCase("log", float.PositiveInfinity, float.PositiveInfinity)]
    [TestCase("log", float.NaN, float.NaN)]
    [TestCase("tanh", float.NegativeInfinity, -1f)]
    [TestCase("tanh", float.PositiveInfinity, 1f)]
    [TestCase("tanh", float.NaN, float.NaN)]
    [TestCase("sigmoid", float.PositiveInfinity, 1f)]
    [TestCase("sigmoid", float.NaN, float.NaN)]
    [TestCase("erf", float.NegativeInfinity, -1f)]
    [TestCase("erf", float.NaN, float.NaN)]
    public void Functions_AtTheEndsOfTheRange_AreTheLimits(string name, float x, float expected)
    {
        Assert.That(Values(Functions<Lanes4x4>()[name], [x])[0], Is.EqualTo(expected));
    }

    [TestCase("exp")]
    [TestCase("log")]
    [TestCase("tanh")]
    [TestCase("sigmoid")]
    [TestCase("erf")]
    public void Functions_OfAllWidths_AgreeToTheBit(string name)
    {
        int[] narrow = Bits(Functions<Lanes4x4>()[name]);

        // Wider vectors than the machine's are emulated, with other roundings where it has no fused multiply-add.
        if (Vector256.IsHardwareAccelerated)
            Assert.That(Bits(Functions<Lanes8x2>()[name]), Is.EqualTo(narrow));
        if (Vector512.IsHardwareAccelerated)
            Assert.That(Bits(Functions<Lanes16>()[name]), Is.EqualTo(narrow));
    }

    [Test]
    public void Vectors_AreWhatTheEnvironmentLeaves()
    {
        using HostBackend host = HostBackend.Create(HostOptions.Default with { Threads = 1 });
        TestContext.Out.WriteLine($"the host computes with vectors of {host.Vectors}");
        Assert.That(host.Vectors, Is.AnyOf("1 x 512 bits", "2 x 256 bits", "4 x 128 bits"));
    }

    private static Dictionary<string, Function> Functions<TLanes>()
        where TLanes : struct, ILanes<TLanes> => new()
        {
            ["exp"] = (x, y) => TLanes.Exp(TLanes.Load(x)).Store(y),
            ["log"] = (x, y) => TLanes.Log(TLanes.Load(x)).Store(y),
            ["tanh"] = (x, y) => TLanes.Tanh(TLanes.Load(x)).Store(y),
            ["sigmoid"] = (x, y) => TLanes.Sigmoid(TLanes.Load(x)).Store(y),
            ["erf"] = (x, y) => TLanes.Erf(TLanes.Load(x)).Store(y),
        };

    private static void CheckAccuracy(string name, Func<double, double> exact, double bound, Func<float, bool> isStated)
    {
        float[] values = Values(Functions<Lanes4x4>()[name], _arguments);
        double worst = 0;
        float at = 0;
        for (int k = 0; k < values.Length; k++)
        {
            if (!isStated(_arguments[k]))
                continue;
            double error = ErrorInUlp(values[k], exact(_arguments[k]));
            if (error > worst)
                (worst, at) = (error, _arguments[k]);
        }

        Assert.That(worst, Is.LessThan(bound), $"{name} at {at:R}");
    }

    private static double ErrorInUlp(float value, double exact)
    {
        float rounded = (float)exact;
        if (float.IsInfinity(rounded) || float.IsInfinity(value))
            return value == rounded || Math.Abs(exact) > 3.4028e38 ? 0 : double.PositiveInfinity;
        double ulp = MathF.BitIncrement(MathF.Abs(rounded)) - (double)MathF.Abs(rounded);
        return Math.Abs(value - exact) / ulp;
    }

    private static int[] Bits(Function function) =>
        [.. Values(function, _arguments).Select(BitConverter.SingleToInt32Bits)];

    private static float[] Values(Function function, float[] arguments)
    {
        float[] values = new float[arguments.Length];
        float* x = stackalloc float[Lanes];
        float* y = stackalloc float[Lanes];
        for (int start = 0; start < arguments.Length; start += Lanes)
        {
            int count = Math.Min(Lanes, arguments.Length - start);
            for (int k = 0; k < Lanes; k++)
                x[k] = arguments[start + Math.Min(k, count - 1)];
            function(x, y);
            for (int k = 0; k < count; k++)
                values[start + k] = y[k];
        }

        return values;
    }

    private static float[] MakeArguments()
    {
        var random = new RandomStream(seed: 1, stream: 1);
        var arguments = new List<float>();
        for (int exponent = -140; exponent < 128; exponent++)
        {
            for (int k = 0; k < 40; k++)
            {
                float magnitude = (float)Math.ScaleB(1 + random.NextUniform(), exponent);
                arguments.Add(magnitude);
                arguments.Add(-magnitude);
            }
        }

        // Where the functions bend, more densely.
        for (int k = 0; k < 20000; k++)
            arguments.Add((float)(200 * random.NextUniform() - 100));
        for (int k = 0; k < 20000; k++)
            arguments.Add((float)(12 * random.NextUniform() - 6));
        return [.. arguments];
    }
}
