using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Maps at single points; the catalogue differentiates them everywhere else.</summary>
public sealed class MapSlopeTests
{
    [TestCase(0, 0)]
    [TestCase(-1, 0)]
    [TestCase(1e-300, 1)]
    public void Relu_AtItsKink_HasSlope0(double x, double slope) => Assert.That(Slope<ReluMap>(x), Is.EqualTo(slope));

    [TestCase(-2.5, 0)]
    [TestCase(2.5, 0)]
    [TestCase(-2.4, 0.2)]
    [TestCase(2.4, 0.2)]
    [TestCase(9, 0)]
    public void HardSigmoidKeras2_AtItsKinks_HasSlope0(double x, double slope) =>
        Assert.That(Slope<HardSigmoidKeras2Map>(x), Is.EqualTo(slope));

    [TestCase(-3, 0)]
    [TestCase(3, 0)]
    [TestCase(-2.9, 1.0 / 6)]
    [TestCase(2.9, 1.0 / 6)]
    [TestCase(-9, 0)]
    public void HardSigmoidKeras3_AtItsKinks_HasSlope0(double x, double slope) =>
        Assert.That(Slope<HardSigmoidKeras3Map>(x), Is.EqualTo(slope));

    [TestCase(-1000, 0)]
    [TestCase(-40, 4.2483542552915889e-18)]
    [TestCase(0, 0.69314718055994531)]
    [TestCase(40, 40)]
    [TestCase(1000, 1000)]
    public void Softplus_FarOut_KeepsItsDigits(double x, double expected) =>
        Assert.That(Value<SoftplusMap>(x), Is.EqualTo(expected).Within(1e-15 * expected));

    [Test]
    public void Maps_NaN_StaysNaN()
    {
        Assert.That(Value<ReluMap>(double.NaN), Is.NaN);
        Assert.That(Value<HardSigmoidKeras2Map>(double.NaN), Is.NaN);
        Assert.That(Value<HardSigmoidKeras3Map>(double.NaN), Is.NaN);
        Assert.That(Value<SoftplusMap>(double.NaN), Is.NaN);
        Assert.That(Value<GeluErfMap>(double.NaN), Is.NaN);
    }

    private static double Value<TMap>(double x)
        where TMap : struct, IMap => TMap.Value(new F64(x)).Value;

    private static double Slope<TMap>(double x)
        where TMap : struct, IMap => TMap.Slope(new F64(x), new F64(Value<TMap>(x))).Value;
}
