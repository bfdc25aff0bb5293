
namespace MiniLstm.Engine.Operations;

/// <summary>The cross-entropy of logits with labels of two classes, as PyTorch's BCEWithLogitsLoss defines
/// it.</summary>
/// <remarks>
/// With the probability σ(x) = 1 / (1 + exp(-x)) of the positive class and the label y, from 0 to 1,
/// <code>
/// loss = -w (p y log σ(x) + (1 - y) log(1 - σ(x))) = w (p y s(-x) + (1 - y) s(x)),   s(x) = log(1 + exp(x))
/// </code>
/// with a weight w of the element and a weight p of the positive class, both 1 unless given. Sigmoid and logarithm are
/// one step, so that no probability is ever rounded to 0 or 1.
/// </remarks>
/// <param name="logits">x: any shape.</param>
/// <param name="labels">y: of the same shape, constants.</param>
/// <param name="reduction">How the elements become one loss; the mean divides by their number, whatever their
/// weights.</param>
/// <param name="weights">w: as the logits, a row, a column or a single value, constants; absent: all 1.</param>
/// <param name="positiveWeights">p: likewise, such as [columns], one for each of several questions.</param>
public sealed class BinaryCrossEntropy(
    Tensor logits, Tensor labels, Reduction reduction, Tensor? weights, Tensor? positiveWeights)
    : Operation(logits, labels, weights, positiveWeights)
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Labels or weights are tracked.</exception>
    public override Shape[] OutputShapes()
    {
        if (labels.Shape != logits.Shape)
            throw Wrong("every logit needs a label, but the shapes differ");
        foreach (Tensor? constant in (ReadOnlySpan<Tensor?>)[labels, weights, positiveWeights])
        {
            if (constant is null)
                continue;
            if (Broadcasting.Of(logits.Shape, constant.Shape) is null)
                throw Wrong("weights must be one for each logit, a row, a column or a single value");
            if (constant.IsTracked)
                throw new ArgumentException(
                    $"{Name}: labels and weights are constants, no gradient flows into them; {constant.Name} " +
                    $"{constant.Shape} is tracked");
        }

        return [ElementLosses.ShapeOf(logits.Shape, reduction)];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        using Scratch losses = tape.Backend.Pool.Scratch(logits.Shape, "BinaryCrossEntropy of each element");
        Weigh<PositiveLabelLoss, NegativeLabelLoss>(tape.Backend, losses.View);
        ElementLosses.Reduce(tape.Backend, Output(), losses.View, reduction);
    }

    /// <inheritdoc/>
    /// <remarks>Since s'(x) = σ(x), dx = w ((1 - y) σ(x) - p y σ(-x)) dy, with dy / n for the mean of n
    /// elements.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(logits);
        if (!dx.IsWanted)
            return;

        Backend backend = tape.Backend;
        using Scratch slopes = backend.Pool.Scratch(logits.Shape, "BinaryCrossEntropy: gradient of each element");
        Weigh<PositiveLabelSlope, NegativeLabelSlope>(backend, slopes.View);
        ElementLosses.SlopeInto(backend, dx, slopes.View, tape.GradientOf(Outputs[0]), reduction, scale: 1);
    }

    /// <summary>w (p positive + negative), for the loss and for its derivative alike.</summary>
    private void Weigh<TPositive, TNegative>(Backend backend, View to)
        where TPositive : struct, ICombination
        where TNegative : struct, ICombination
    {
        backend.Combine<TPositive>(to, logits.View, labels.View, Broadcast.None, add: false);
        MultiplyBy(positiveWeights);
        backend.Combine<TNegative>(to, logits.View, labels.View, Broadcast.None, add: true);
        MultiplyBy(weights);

        void MultiplyBy(Tensor? factors)
        {
            if (factors is not null && Broadcasting.Of(logits.Shape, factors.Shape) is { } broadcast)
                backend.Combine<Multiplication>(to, to, factors.View, broadcast, add: false);
        }
    }
}

public static partial class TensorOperations
{
    extension(Tensor logits)
    {
        /// <summary>The cross-entropy with labels of two classes, for one question or for many with independent
        /// answers, in nats.</summary>
        /// <param name="labels">The shape of the logits, from 0 to 1; constants.</param>
        /// <param name="reduction">How the elements become one loss; the mean divides by their number, whatever their
        /// weights.</param>
        /// <param name="weights">A constant weight of each element: the shape of the logits, a row, a column or a
        /// single value; null: all 1.</param>
        /// <param name="positiveWeights">A constant weight of the positive class, likewise; above 1 it favours
        /// recall.</param>
        /// <returns>[1], or the shape of the logits where nothing is reduced.</returns>
        /// <exception cref="ShapeException">Labels or weights do not fit the logits.</exception>
        /// <exception cref="ArgumentException">Labels or weights are tracked: no gradient flows into them.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor BinaryCrossEntropy(
            Tensor labels,
            Reduction reduction = Reduction.Mean,
            Tensor? weights = null,
            Tensor? positiveWeights = null) =>
            Tape.Of(logits, labels, weights, positiveWeights)
                .Run(new BinaryCrossEntropy(logits, labels, reduction, weights, positiveWeights));
    }
}
