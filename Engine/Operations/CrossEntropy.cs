namespace MiniLstm.Engine.Operations;

/// <summary>How the losses of all rows become one.</summary>
public enum Reduction
{
    /// <summary>
    /// Their sum divided by the sum of the weights of the counted rows; without class weights, by their number.
    /// </summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>They stay apart.</summary>
    None,
}

/// <summary>The cross-entropy of logits with target classes, as PyTorch defines it.</summary>
/// <remarks>
/// With z the logits of a row over C classes, y its target, L = log Σ exp(z[c]), class weights w and smoothing ε the
/// row's loss is (1 - ε) w[y] (L - z[y]) + ε / C Σ w[c] (L - z[c]), and 0 if its target is the ignored index. Softmax
/// and logarithm are one step, so that no probability is ever rounded to 0.
/// </remarks>
/// <param name="logits">[..., C]: z.</param>
/// <param name="targets">[...]: y, each 0 to C - 1 or the ignored index.</param>
/// <param name="reduction">How the rows become one loss.</param>
/// <param name="options">The ignored index and ε.</param>
/// <param name="classWeights">[C]: w, constants; absent: all 1.</param>
public sealed class CrossEntropy(
    Tensor logits, IndexTensor targets, Reduction reduction, CrossEntropyOptions options, Tensor? classWeights)
    : Operation(logits, classWeights)
{
    private readonly TargetRows _rows = new(targets, reduction, options, classWeights);
    private View _logSums;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// A target or the smoothing is out of range (<see cref="ArgumentOutOfRangeException"/>), or class weights are
    /// tracked.
    /// </exception>
    public override Shape[] OutputShapes()
    {
        int classes = logits.Shape.Columns;
        if (_rows.Misfit(logits, "logits [..., classes]", classes) is { } misfit)
            throw Wrong(misfit);
        _rows.Check(Name, logits, classes);
        return [_rows.OutputShape];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        Backend backend = tape.Backend;
        Shape rows = _rows.Targets.Shape;
        _logSums = tape.Rent([checked((int)rows.Count), 2], "CrossEntropy log sums");
        using Scratch rowWeights = backend.Pool.Scratch(rows, "CrossEntropy row weights");
        using Scratch rowLosses = _rows.Reduces ? backend.Pool.Scratch(rows, "CrossEntropy losses") : default;
        View losses = _rows.Reduces ? rowLosses.View : Output();
        backend.CrossEntropy(losses, _logSums, rowWeights.View, logits.View, _rows.Targets.View, _rows.ClassWeights, _rows.Options);
        if (_rows.Reduces)
            _rows.Reduce(tape, Output(), losses, rowWeights.View);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// ∂L / ∂z[c] is the softmax p[c] = exp(z[c] - L), so that the loss of a counted row has by z[c] the derivative
    /// <code>
    /// p[c] ((1 - ε) w[y] + ε / C Σ w[k]) - (1 - ε) w[y] [c = y] - ε / C w[c]
    /// </code>
    /// or p[c] - [c = y] without weights and smoothing. dz [..., C] is this times what reaches the row's loss: dy of
    /// the row if nothing is reduced, dy for the sum, dy over the total weight for the mean.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dLogits = tape.GradientInto(logits);
        if (!dLogits.IsWanted)
            return;

        Backend backend = tape.Backend;
        using Scratch room = backend.Pool.Scratch([1], "CrossEntropy gradient of a row");
        View rowScale = _rows.GradientOfRows(backend, tape.GradientOf(Outputs[0]), room.View);
        backend.CrossEntropySlope(
            dLogits.View, logits.View, _logSums, rowScale, _rows.Targets.View, _rows.ClassWeights, _rows.Options, dLogits.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor logits)
    {
        /// <summary>
        /// The cross-entropy with target classes: the loss of language models and classifiers, in nats.
        /// </summary>
        /// <param name="targets">
        /// The shape of the logits [..., C] without the last axis; each 0 to C - 1 or the ignored index.
        /// </param>
        /// <param name="reduction">How the rows become one loss.</param>
        /// <param name="options">
        /// The ignored index and label smoothing; null: index -100 and none, as in PyTorch.
        /// </param>
        /// <param name="classWeights">[C]: a constant weight for each class, or null: all 1.</param>
        /// <returns>
        /// [1], or the shape of the targets where nothing is reduced. The mean of no counted row is NaN.
        /// </returns>
        /// <exception cref="ShapeException">Targets or class weights do not fit the logits.</exception>
        /// <exception cref="ArgumentOutOfRangeException">
        /// A target is neither a class nor ignored, or the smoothing is not in [0, 1].
        /// </exception>
        /// <exception cref="ArgumentException">The class weights are tracked: no gradient flows into them.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor CrossEntropy(
            IndexTensor targets,
            Reduction reduction = Reduction.Mean,
            CrossEntropyOptions? options = null,
            Tensor? classWeights = null)
        {
            CrossEntropyOptions chosen = options ?? new();
            return Tape.Of(logits, classWeights)
                .Run(new CrossEntropy(logits, targets, reduction, chosen, classWeights));
        }
    }
}
