using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>A tape on the reference backend for each test, memory poisoned; afterwards nothing may be rented.</summary>
public abstract class OperationFixture
{
    protected Tape Tape { get; private set; } = null!;

    [SetUp]
    public void OpenTape()
    {
        Tape = Tape.ForInspection(new ReferenceBackend(BackendOptions.Default with { Poison = true }));
    }

    [TearDown]
    public void CloseTape()
    {
        using Backend backend = Tape.Backend;
        Tape.Dispose();
        Assert.That(backend.Pool.Outstanding, Is.Empty);
    }

    /// <summary>A tracked input with given values.</summary>
    protected Tensor Input(Shape shape, params double[] values) => Tape.Input(shape, values, tracked: true);

    /// <summary>A tracked input whose elements are 1, 2, 3 and so on.</summary>
    protected Tensor Counting(Shape shape) => Input(shape, [.. Enumerable.Range(1, (int)shape.Count)]);

    /// <summary>The gradient of an operand when the result gets the gradient 1, 2, 3 and so on.</summary>
    protected double[] GradientOf(Tensor operand, Tensor result)
    {
        Tensor weights = Tape.Input(result.Shape, [.. Enumerable.Range(1, (int)result.Shape.Count)]);
        Tape.Backward((result, weights.View));
        return Tape.GradientToArray(operand);
    }
}
