namespace MiniLstm.Engine.Operations;

/// <summary>
/// Inverted dropout: each element is 0 with probability p, and divided by 1 - p otherwise, so that its expectation
/// stays.
/// </summary>
/// <remarks>
/// Always active: when to drop is the caller's decision. Random numbers are a function of their place in the stream, so
/// backward draws them again and no mask is kept.
/// </remarks>
/// <param name="x">Any shape.</param>
/// <param name="probability">p, in [0, 1).</param>
/// <param name="stream">Where the numbers come from: forward takes one for each element.</param>
public sealed class Dropout(Tensor x, double probability, RandomStream stream) : Operation(x)
{
    private RandomRange _range;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public override Shape[] OutputShapes() => probability is >= 0 and < 1
        ? [x.Shape]
        : throw new ArgumentOutOfRangeException(
            null, $"{Name}: probability {probability}, expected 0 to below 1; operands {x.Name} {x.Shape}");

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        _range = stream.Take(x.Shape.Count);
        tape.Backend.Dropout(Output(), x.View, probability, _range, add: false);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Given the numbers, y is x times a constant for each element; dx is dy times the same constants.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.Dropout(dx.View, tape.GradientOf(Outputs[0]), probability, _range, dx.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>
        /// Drops elements at random and scales the others up, whatever the tape is for: ask only in training.
        /// </summary>
        /// <param name="probability">
        /// How likely an element becomes 0, in [0, 1). With 0 nothing happens and no number is drawn.
        /// </param>
        /// <param name="stream">
        /// Where the random numbers come from; moves on by one for each element, up to a multiple of four.
        /// </param>
        /// <returns>The same shape; x itself if the probability is 0.</returns>
        /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Dropout(double probability, RandomStream stream) => probability == 0
            ? x
            : Tape.Of(x).Run(new Dropout(x, probability, stream));
    }
}
