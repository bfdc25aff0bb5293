namespace MiniLstm.Engine.Operations;

/// <summary>The squared difference (x - t)² of every element and its target; its mean is the mean squared
/// error.</summary>
/// <param name="x">Any shape.</param>
/// <param name="target">t, of the same shape.</param>
/// <param name="reduction">How the elements become one loss; the mean is over all of them.</param>
public sealed class SquaredError(Tensor x, Tensor target, Reduction reduction) : Operation(x, target)
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes() => x.Shape == target.Shape
        ? [ElementLosses.ShapeOf(x.Shape, reduction)]
        : throw Wrong("every element needs a target, but the shapes differ");

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        Backend backend = tape.Backend;
        using Scratch losses = backend.Pool.Scratch(x.Shape, "SquaredError of each element");
        backend.Combine<Subtraction>(losses.View, x.View, target.View, Broadcast.None, add: false);
        backend.Combine<Multiplication>(losses.View, losses.View, losses.View, Broadcast.None, add: false);
        ElementLosses.Reduce(backend, Output(), losses.View, reduction);
    }

    /// <inheritdoc/>
    /// <remarks>dx = 2 (x - t) dy, with dy / n for the mean of n elements, and dt = -dx.</remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = tape.GradientOf(Outputs[0]);
        using Scratch slopes = backend.Pool.Scratch(x.Shape, "SquaredError: gradient of each element");
        backend.Combine<Subtraction>(slopes.View, x.View, target.View, Broadcast.None, add: false);

        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            ElementLosses.SlopeInto(backend, dx, slopes.View, dy, reduction, scale: 2);
        GradientTarget dTarget = tape.GradientInto(target);
        if (dTarget.IsWanted)
            ElementLosses.SlopeInto(backend, dTarget, slopes.View, dy, reduction, scale: -2);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>The squared difference to a target: the mean squared error of regression, as PyTorch's
        /// MSELoss.</summary>
        /// <param name="target">The shape of x.</param>
        /// <param name="reduction">How the elements become one loss; the mean is over all of them.</param>
        /// <returns>[1], or the shape of x where nothing is reduced.</returns>
        /// <exception cref="ShapeException">The shapes differ.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor SquaredError(Tensor target, Reduction reduction = Reduction.Mean) =>
            Tape.Of(x, target).Run(new SquaredError(x, target, reduction));
    }
}
