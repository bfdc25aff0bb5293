using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>Cells of one's own: one method each, differentiated by dual numbers, on every backend.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class CellTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Recur_OneGate_IsDifferentiatedAndEqualsTheReference([Values(1, 15, 33)] int units) => Check<LeakyCell>(units);

    [Test]
    public void Recur_TwoGates_IsDifferentiatedAndEqualsTheReference([Values(1, 15, 33)] int units) => Check<MinimalGatedCell>(units);

    [Test]
    public void Recur_ThreeGates_IsDifferentiatedAndEqualsTheReference([Values(1, 15, 33)] int units) => Check<CoupledCell>(units);

    private void Check<TCell>(int units)
        where TCell : struct, ICell<TCell>
    {
        int columns = TCell.SharedGates * units;
        OperationCase layer = new(
            TCell.Name,
            [[3, 2, columns], [columns, units], [2, units], [2, units]],
            (_, x, _) =>
            {
                RecurrentResult result = x[0].Recur(default(TCell), x[1], new() { InitialHidden = x[2], InitialCell = x[3] });
                return [result.Hidden, result.LastCell!];
            })
        {
            Depth = 3 * (units + 4),
        };

        Assert.That(GradientCheck.WorstError(layer), Is.LessThan(GradientCheck.Bound));
        Assert.That(ParityCheck.WorstError(layer, Backend), Is.LessThanOrEqualTo(layer.Tolerance));
    }

    public readonly struct LeakyCell : ICell<LeakyCell>
    {
        public static string Name => "Leaky";

        public static int SharedGates => 1;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T> => states.H = states.H * T.Of(0.9) + T.Tanh(gates.A) * T.Of(0.1);
    }

    // Zhou et al., 2016, without the gate on the recurrent product.
    public readonly struct MinimalGatedCell : ICell<MinimalGatedCell>
    {
        public static string Name => "MinimalGated";

        public static int SharedGates => 2;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T>
        {
            T forget = T.Sigmoid(gates.A);
            states.H = (T.Of(1) - forget) * states.H + forget * T.Tanh(gates.B);
        }
    }

    // An LSTM whose input gate is what the forget gate leaves.
    public readonly struct CoupledCell : ICell<CoupledCell>
    {
        public static string Name => "Coupled";

        public static int SharedGates => 3;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T>
        {
            T forget = T.Sigmoid(gates.A);
            states.C = forget * states.C + (T.Of(1) - forget) * T.Tanh(gates.B);
            states.H = T.Sigmoid(gates.C) * T.Tanh(states.C);
        }
    }
}
