using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Forward-mode derivatives, against differences and against the slopes by hand.</summary>
public sealed class DualTests
{
    private static readonly Dictionary<string, Func<Dual<F64>, Dual<F64>, Dual<F64>>> _functions = new()
    {
        ["a + b"] = (a, b) => a + b,
        ["a - b"] = (a, b) => a - b,
        ["a b"] = (a, b) => a * b,
        ["a / b"] = (a, b) => a / b,
        ["a b + a"] = (a, b) => Dual<F64>.MultiplyAdd(a, b, a),
        ["sqrt"] = (a, b) => Dual<F64>.Sqrt(a * b),
        ["exp"] = (a, b) => Dual<F64>.Exp(a - b),
        ["log"] = (a, b) => Dual<F64>.Log(a * b),
        ["tanh"] = (a, b) => Dual<F64>.Tanh(a - b),
        ["sigmoid"] = (a, b) => Dual<F64>.Sigmoid(a * b),
        ["erf"] = (a, b) => Dual<F64>.Erf(a * b),
        ["a where positive"] = (a, b) => Dual<F64>.IfPositive(a, a * b, b),
        ["b where not"] = (a, b) => Dual<F64>.IfPositive(b - a - a, a * b, b * b),
    };

    private static readonly string[] _names = [.. _functions.Keys];

    [TestCaseSource(nameof(_names))]
    public void Dual_Function_HasItsPartialDerivatives(string name)
    {
        Func<Dual<F64>, Dual<F64>, Dual<F64>> f = _functions[name];
        Dual<F64> a = Dual<F64>.Of(0.7);
        Dual<F64> b = Dual<F64>.Of(1.3);
        a.ByGates.A = new(1);
        b.ByStates.C = new(1);
        Dual<F64> y = f(a, b);

        double byA = Difference(h => f(Dual<F64>.Of(0.7 + h), Dual<F64>.Of(1.3)).Value.Value);
        double byB = Difference(h => f(Dual<F64>.Of(0.7), Dual<F64>.Of(1.3 + h)).Value.Value);
        Assert.That(y.ByGates.A.Value, Is.EqualTo(byA).Within(1e-10));
        Assert.That(y.ByStates.C.Value, Is.EqualTo(byB).Within(1e-10));
        Assert.That(y.ByGates.B.Value, Is.Zero);
    }

    [Test]
    public void Cell_WithoutASlope_GetsTheDualOne()
    {
        Gates<F64> gates = new() { A = new(0.4) };
        States<F64> before = new() { H = new(0.3) };
        States<F64> gradient = new() { H = new(2) };
        SlopeOf<LeakyCell>(ref gates, before, ref gradient);

        double slope = 1 - Math.Pow(Math.Tanh(0.4), 2);
        Assert.That(gates.A.Value, Is.EqualTo(2 * 0.1 * slope).Within(1e-15));
        Assert.That(gradient.H.Value, Is.EqualTo(2 * 0.9).Within(1e-15));
    }

    [TestCase(-1.0)]
    [TestCase(0.0)]
    public void IfPositive_BranchNotTakenHasAnInfiniteSlope_IsNotTouchedByIt(double sum)
    {
        Gates<F64> gates = default;
        gates.A = new(sum);
        States<F64> gradient = default;
        gradient.H = new(1);
        SlopeOf<GuardedRootCell>(ref gates, default, ref gradient);
        Assert.That(gates.A.Value, Is.Zero);
    }

    [Test]
    public void Slope_OfACellThatKeepsActivationsAndHasNone_IsNaN()
    {
        Gates<F64> gates = default;
        States<F64> gradient = default;
        SlopeOf<ForgetfulCell>(ref gates, default, ref gradient);

        Assert.That(gradient.H.Value, Is.NaN);
    }

    private static double Difference(Func<double, double> f)
    {
        const double H = 1e-3;
        return (8 * (f(H) - f(-H)) - (f(2 * H) - f(-2 * H))) / (12 * H);
    }

    private static void SlopeOf<TCell>(ref Gates<F64> gates, States<F64> before, ref States<F64> gradient)
        where TCell : struct, ICell<TCell>
    {
        UnitWeights<F64> weightGradient = default;
        TCell.Slope(default, ref gates, before, default, ref gradient, ref weightGradient);
    }

    // h' = 0.9 h + 0.1 tanh(z)
    private readonly struct LeakyCell : ICell<LeakyCell>
    {
        public static string Name => "Leaky";

        public static int SharedGates => 1;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T> => states.H = states.H * T.Of(0.9) + T.Tanh(gates.A) * T.Of(0.1);
    }

    // h' = sqrt(z) where z is positive
    private readonly struct GuardedRootCell : ICell<GuardedRootCell>
    {
        public static string Name => "GuardedRoot";

        public static int SharedGates => 1;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T> => states.H = T.IfPositive(gates.A, T.Sqrt(gates.A), T.Of(0));
    }

    private readonly struct ForgetfulCell : ICell<ForgetfulCell>
    {
        public static string Name => "Forgetful";

        public static int SharedGates => 1;

        public static bool KeepsActivations => true;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T> => states.H = T.Tanh(gates.A);
    }
}
