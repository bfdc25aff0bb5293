using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>The schedule that every backend inherits, on the host's primitives for single steps; and operands that no schedule may see.</summary>
public sealed class StepwiseRecurrenceTests
{
    private static readonly OperationCase[] _layers =
        [.. OperationCatalogue.All.Where(line => line.Name.StartsWith("Recurrent ", StringComparison.Ordinal))];

    [Test]
    public void Recur_StepByStepOnTheHost_EqualsTheReference()
    {
        using HostBackend device = HostBackend.Create(HostOptions.Default with { Threads = 2 });
        device.RunsStepwise = true;
        foreach (OperationCase layer in _layers)
            Assert.That(ParityCheck.WorstError(layer, device), Is.LessThanOrEqualTo(layer.Tolerance), layer.ToString());
        Assert.That(_layers, Has.Length.GreaterThan(100));
    }

    [Test]
    public void Recur_GainOfTheCellStateOfACellWithoutOne_IsRefused() => CheckRefused(
        new GruCell(CellActivation.Sigmoid, CellActivation.Tanh), inputColumns: 3, recurrentColumns: 3, "normalised");

    [Test]
    public void Recur_GainOfTheCellStateThatTheCellDoesNotKnowOf_IsRefused() => CheckRefused(
        new LstmVariantCell<UsualActivations>(LstmVariant.Usual, default), inputColumns: 4, recurrentColumns: 4, "normalised");

    [Test]
    public void Recur_CellThatResetsBeforeAndHasNoSlope_IsRefused()
    {
        using var device = new ReferenceBackend();
        using Tape tape = Tape.ForInference(device);
        Assert.That(
            () => tape.Filled([2, 1, 6], 0).Recur(default(OwnResetCell), tape.Filled([6, 3], 0), new()),
            Throws.TypeOf<ShapeException>().With.Message.Contains("needs a Slope of its own"));
    }

    private static void CheckRefused<TCell>(TCell cell, int inputColumns, int recurrentColumns, string expected)
        where TCell : struct, ICell<TCell>
    {
        const int Units = 3;
        using var device = new ReferenceBackend();
        using Tape tape = Tape.ForInference(device);
        Tensor sums = tape.Filled([2, 1, inputColumns * Units], 0);
        Tensor weight = tape.Filled([recurrentColumns * Units, Units], 0);
        Tensor row = tape.Filled([Units], 1);
        Assert.That(
            () => sums.Recur(cell, weight, new() { CellGain = row, CellShift = row }),
            Throws.TypeOf<ShapeException>().With.Message.Contains(expected));
    }

    private readonly struct OwnResetCell : ICell<OwnResetCell>
    {
        public static string Name => "OwnReset";

        public static int SharedGates => 2;

        public static bool ResetsBefore => true;

        public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
            where T : struct, IReal<T> => states.H = T.Tanh(gates.B);
    }
}
