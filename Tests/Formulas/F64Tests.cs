using MiniLstm.Engine;

namespace MiniLstm.Tests;

public sealed class F64Tests
{
    // Values of the error function to seventeen digits (Abramowitz and Stegun, table 7.1, continued by series).
    [TestCase(0, 0)]
    [TestCase(1e-8, 1.1283791670955126e-8)]
    [TestCase(0.1, 0.11246291601828489)]
    [TestCase(0.5, 0.52049987781304654)]
    [TestCase(1, 0.84270079294971487)]
    [TestCase(2, 0.99532226501895273)]
    [TestCase(3, 0.99997790950300141)]
    [TestCase(5.9, 1)]
    [TestCase(7, 1)]
    [TestCase(double.PositiveInfinity, 1)]
    public void Erf_KnownArguments_IsRightToTheLastDigits(double x, double expected)
    {
        double tolerance = 4e-16 * expected;

        Assert.That(Erf(x), Is.EqualTo(expected).Within(tolerance));
        Assert.That(Erf(-x), Is.EqualTo(-expected).Within(tolerance));
    }

    [Test]
    public void Erf_NaN_IsNaN() => Assert.That(Erf(double.NaN), Is.NaN);

    [Test]
    public void IfPositive_ZeroAndNaN_TakeTheOther()
    {
        Assert.That(Choose(1e-300), Is.EqualTo(1));
        Assert.That(Choose(0), Is.EqualTo(2));
        Assert.That(Choose(-1), Is.EqualTo(2));
        Assert.That(Choose(double.NaN), Is.EqualTo(2));

        static double Choose(double x) => F64.IfPositive(new(x), new(1), new(2)).Value;
    }

    [TestCase(-800, 0)]
    [TestCase(800, 1)]
    [TestCase(0, 0.5)]
    public void Sigmoid_FarOut_ReachesItsLimits(double x, double expected) =>
        Assert.That(F64.Sigmoid(new(x)).Value, Is.EqualTo(expected));

    private static double Erf(double x) => F64.Erf(new(x)).Value;
}
