using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>A time step in one launch, with every tile, against product and cell of the reference, one after the other.</summary>
public sealed class StepTileTests
{
    private static readonly CellActivation _sigmoid = CellActivation.Sigmoid;

    private IlgpuBackend _device = null!;
    private ReferenceBackend _reference = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _device = GroupDevice.Open();
        _reference = new();
    }

    [OneTimeTearDown]
    public void Close()
    {
        _device.Dispose();
        _reference.Dispose();
    }

    // More rows and units than a tile has, and sums that do not end with its depth, read in quads or by element.
    [TestCase(32, 33, 34)]
    [TestCase(32, 33, 36)]
    [TestCase(16, 17, 33)]
    [TestCase(16, 17, 36)]
    [TestCase(8, 9, 33)]
    [TestCase(8, 9, 36)]
    [TestCase(8, 1, 1)]
    public void Lstm_EqualsTheReference(int tileRows, int rows, int units) => Check(default(LstmCell), tileRows, rows, units);

    [TestCase(32, 33, 34)]
    [TestCase(8, 9, 33)]
    public void Gru_EqualsTheReference(int tileRows, int rows, int units) =>
        Check(new GruCell(_sigmoid, CellActivation.Tanh), tileRows, rows, units);

    [Test]
    public void Peepholes_EqualTheReference() => Check(
        new LstmVariantCell<UsualActivations>(new(HasPeepholes: true, Clip: 0.5, NormalizesCell: false), default), 8, 5, 6);

    // Its derivative starts from the sums.
    [Test]
    public void CellOfOnesOwn_EqualsTheReference() => Check(default(CellTests.CoupledCell), 8, 5, 6);

    private void Check<TCell>(TCell cell, int tileRows, int rows, int units)
        where TCell : struct, ICell<TCell>
    {
        var expected = new Step<TCell>(_reference, cell, rows, units);
        var actual = new Step<TCell>(_device, cell, rows, units);
        foreach ((string name, double[] want, double[] got) in expected.RunApart().Zip(actual.RunAtOnce(tileRows), (e, a) => (e.Name, e.Values, a.Values)))
            Assert.That(got, Is.EqualTo(want).Within(3e-6), name);
    }

    // One step forward, and one back with the gradients of a later step.
    private sealed class Step<TCell>(Backend device, TCell cell, int rows, int units)
        where TCell : struct, ICell<TCell>
    {
        private static readonly bool _hasCell = CellSizes<TCell>.HasCell;

        private readonly RandomStream _random = new(seed: 5, stream: 0);

        public List<(string Name, double[] Values)> RunApart() => Run(
            (gates, weight, h, before, own, after) => device.ProductAndStep(cell, gates, h, weight, before, own, after),
            (later, weight, gates, before, own, gradient, gradientBefore, dOwn) =>
                device.ProductAndStepSlope(cell, later, weight, gates, before, own, gradient, gradientBefore, dOwn));

        public List<(string Name, double[] Values)> RunAtOnce(int tileRows) => Run(
            (gates, weight, h, before, own, after) =>
                ((IlgpuBackend)device).ProductAndStep(cell, gates, h, weight, before, own, after, default, tileRows),
            (later, weight, gates, before, own, gradient, gradientBefore, dOwn) =>
                ((IlgpuBackend)device).ProductAndStepSlope(cell, later, weight, gates, before, own, gradient, gradientBefore, dOwn, default, tileRows));

        private List<(string Name, double[] Values)> Run(Forward forward, Backward backward)
        {
            int columns = CellSizes<TCell>.Gates * units;
            View gates = Draw(rows, columns);
            View weight = Draw(CellSizes<TCell>.Recurrent * units, units);
            View own = TCell.WeightCount > 0 ? Draw(TCell.WeightCount, units) : default;
            (View H, View C) before = (Draw(rows, units), _hasCell ? Draw(rows, units) : default);
            (View H, View C) after = (Draw(rows, units), _hasCell ? Draw(rows, units) : default);
            forward(gates, weight, before.H, before, own, after);
            List<(string Name, double[] Values)> results = [("kept gates", Values(gates)), ("h", Values(after.H))];
            if (_hasCell)
                results.Add(("c", Values(after.C)));

            View later = Draw(rows, columns);
            (View H, View C) gradient = (Draw(rows, units), _hasCell ? Draw(rows, units) : default);
            (View H, View C) gradientBefore = (Draw(rows, units), gradient.C);
            View dOwn = TCell.WeightCount > 0 ? Draw(TCell.WeightCount, units) : default;
            backward(later, weight, gates, before, own, gradient, gradientBefore, dOwn);
            results.Add(("gradients of the sums", Values(gates)));
            results.Add(("dh", Values(gradientBefore.H)));
            if (_hasCell)
                results.Add(("dc", Values(gradientBefore.C)));
            if (dOwn.Exists)
                results.Add(("gradients of the units' own weights", Values(dOwn)));
            return results;
        }

        private View Draw(int rows, int columns)
        {
            View view = device.Pool.Rent([rows, columns], "values of a step");
            device.Upload(view, [.. Enumerable.Range(0, rows * columns).Select(_ => (double)(float)(_random.NextUniform() - 0.5))]);
            return view;
        }

        private double[] Values(View view)
        {
            double[] values = new double[view.Count];
            device.Download(view, values);
            return values;
        }

        private delegate void Forward(View gates, View weight, View h, (View H, View C) before, View own, (View H, View C) after);

        private delegate void Backward(
            View later,
            View weight,
            View gates,
            (View H, View C) before,
            View own,
            (View H, View C) gradient,
            (View H, View C) gradientBefore,
            View dOwn);
    }
}
