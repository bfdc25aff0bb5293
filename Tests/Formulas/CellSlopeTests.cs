using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Each slope that was written by hand against the one that dual numbers give.</summary>
public sealed class CellSlopeTests
{
    private const int Draws = 20;

    // Activations whose derivative as a function of the value loses digits where it is nearly flat are allowed some.
    private const double Bound = 1e-13;

    private static readonly CellActivation[] _activations = Enum.GetValues<CellActivation>();

    [Test]
    public void Slope_OfLstm_IsTheDualOne() => Check(default(LstmCell));

    [TestCaseSource(nameof(_activations))]
    public void Slope_OfLstmVariant_IsTheDualOne(CellActivation activation)
    {
        foreach (bool peepholes in new[] { false, true })
        {
            Check(new LstmVariantCell<ChosenActivations>(
                new(peepholes, double.PositiveInfinity, false), new(CellActivation.Sigmoid, activation, CellActivation.Tanh)));
            Check(new LstmVariantCell<ChosenActivations>(new(peepholes, 0.8, false), new(activation, CellActivation.Tanh, activation)));
            Check(new LstmVariantCell<UsualActivations>(new(peepholes, 0.8, false), default));
        }
    }

    [TestCaseSource(nameof(_activations))]
    public void Slope_OfCoupledLstm_IsTheDualOne(CellActivation activation)
    {
        foreach (bool peepholes in new[] { false, true })
        {
            Check(new CoupledLstmCell<ChosenActivations>(
                new(peepholes, double.PositiveInfinity, false), new(CellActivation.Sigmoid, activation, CellActivation.Tanh)));
            Check(new CoupledLstmCell<ChosenActivations>(new(peepholes, 0.8, false), new(activation, CellActivation.Tanh, activation)));
            Check(new CoupledLstmCell<UsualActivations>(new(peepholes, 0.8, false), default));
        }
    }

    [TestCaseSource(nameof(_activations))]
    public void Slope_OfGru_IsTheDualOne(CellActivation activation)
    {
        Check(new GruCell(CellActivation.Sigmoid, activation));
        Check(new GruCell(activation, CellActivation.Tanh));
    }

    [TestCaseSource(nameof(_activations))]
    public void Slope_OfGruResetBefore_IsTheDualOne(CellActivation activation)
    {
        // The reset gate acts outside the step: its column is left alone.
        Check(new GruResetBeforeCell(CellActivation.Sigmoid, activation), firstColumn: false);
        Check(new GruResetBeforeCell(activation, CellActivation.Tanh), firstColumn: false);
    }

    [TestCaseSource(nameof(_activations))]
    public void Slope_OfSimpleRnn_IsTheDualOne(CellActivation activation) => Check(new SimpleRnnCell(activation));

    [Test]
    public void LstmVariant_Usual_ComputesTheLstm()
    {
        RandomStream random = new(3, stream: 0);
        Gates<F64> sums = new() { A = Draw(random), B = Draw(random), C = Draw(random), D = Draw(random) };
        States<F64> before = new() { H = Draw(random), C = Draw(random) };
        Gates<F64> usualGates = sums;
        Gates<F64> variantGates = sums;
        States<F64> usual = before;
        States<F64> variant = before;

        default(LstmCell).Step(ref usualGates, ref usual, default);
        new LstmVariantCell<UsualActivations>(LstmVariant.Usual, default).Step(ref variantGates, ref variant, default);

        Assert.That((variant.H.Value, variant.C.Value), Is.EqualTo((usual.H.Value, usual.C.Value)));
    }

    [TestCaseSource(nameof(_activations))]
    public void Activation_SlopeOfTheValue_IsTheDerivative(CellActivation activation)
    {
        const double Step = 1e-5;
        foreach (double x in new[] { -4.1, -2.4, -1.1, -0.3, 0.2, 0.9, 2.3, 3.7 })
        {
            double y = Activations.Value(activation, new F64(x)).Value;
            double above = Activations.Value(activation, new F64(x + Step)).Value;
            double below = Activations.Value(activation, new F64(x - Step)).Value;
            Assert.That(Activations.Slope(activation, new F64(y)).Value, Is.EqualTo((above - below) / (2 * Step)).Within(1e-8), $"{x}");
        }
    }

    private static void Check<TCell>(TCell cell, bool firstColumn = true)
        where TCell : struct, ICell<TCell>
    {
        for (ulong seed = 0; seed < Draws; seed++)
        {
            RandomStream random = new(seed, stream: 0);
            Gates<F64> sums = new() { A = Draw(random), B = Draw(random), C = Draw(random), D = Draw(random) };
            States<F64> before = new() { H = Draw(random), C = Draw(random) };
            States<F64> outer = new() { H = Draw(random), C = Draw(random) };
            UnitWeights<F64> weights = new() { A = Draw(random), B = Draw(random), C = Draw(random) };

            Gates<F64> gates = sums;
            States<F64> after = before;
            cell.Step(ref gates, ref after, weights);
            States<F64> gradient = outer;
            UnitWeights<F64> weightGradient = default;
            TCell.Slope(cell, ref gates, before, weights, ref gradient, ref weightGradient);

            Gates<F64> expectedGates = sums;
            States<F64> expected = outer;
            UnitWeights<F64> expectedWeights = default;
            Dual.Slope(cell, ref expectedGates, before, weights, ref expected, ref expectedWeights);

            double[] byHand = All<TCell>(gates, gradient, weightGradient, firstColumn);
            double[] byDuals = All<TCell>(expectedGates, expected, expectedWeights, firstColumn);
            for (int k = 0; k < byHand.Length; k++)
                Assert.That(byHand[k], Is.EqualTo(byDuals[k]).Within(Bound * Math.Max(1, Math.Abs(byDuals[k]))), $"{k} of draw {seed}");
        }
    }

    // Columns, states and weights that a cell does not have mean nothing.
    private static double[] All<TCell>(Gates<F64> gates, States<F64> gradient, UnitWeights<F64> weights, bool firstColumn)
        where TCell : struct, ICell<TCell>
    {
        double[] columns = [gates.A.Value, gates.B.Value, gates.C.Value, gates.D.Value];
        double[] states = [gradient.H.Value, gradient.C.Value];
        double[] own = [weights.A.Value, weights.B.Value, weights.C.Value];
        int count = TCell.SharedGates + TCell.StateGates + TCell.InputGates;
        return [.. columns[(firstColumn ? 0 : 1)..count], .. states[..TCell.StateCount], .. own[..TCell.WeightCount]];
    }

    private static F64 Draw(RandomStream random) => new(4 * random.NextUniform() - 2);
}
