namespace MiniLstm.Engine.Operations;

/// <summary>
/// The cross-entropy of the logits x Wᵀ + b, some rows at a time: the logits of a large vocabulary and their gradients never stand whole.
/// </summary>
/// <remarks>
/// <para>The value is that of <see cref="Linear"/> followed by <see cref="CrossEntropy"/>, but for rounding: the gradient of W is a sum over
/// chunks, and what reaches the loss multiplies it at the end.</para>
/// <para>Where the rows become one loss, forward takes each chunk from product to gradient at once, as Liger does (Hsu et al., 2024): what the loss
/// gets as its gradient is one factor for all rows, so backward only multiplies, and no product is computed twice. Memory: a chunk of logits, and the
/// gradients of x, W and b. Where the rows stay apart, each has a factor of its own, and backward computes the logits again.</para>
/// </remarks>
/// <param name="x">[..., in]; leading axes are rows.</param>
/// <param name="weight">[C, in]: W.</param>
/// <param name="bias">[C]: b, or absent.</param>
/// <param name="targets">[...]: y, each 0 to C - 1 or the ignored index.</param>
/// <param name="reduction">How the rows become one loss.</param>
/// <param name="options">The ignored index and ε.</param>
/// <param name="classWeights">[C]: w, constants; absent: all 1.</param>
/// <param name="rowsAtATime">How many rows a chunk has, at least 1. <see cref="RowsAtATime"/> chooses well.</param>
public sealed class LinearCrossEntropy(
    Tensor x, Tensor weight, Tensor? bias, IndexTensor targets, Reduction reduction, CrossEntropyOptions options, Tensor? classWeights,
    int rowsAtATime)
    : Operation(x, weight, bias, classWeights)
{
    // Logits of a chunk: they pass through the last level of the cache between product, loss and slope.
    private const long BytesAtATime = 16 << 20;

    // Fewer rows, and adding each chunk's share to the gradient of W would take as long as computing it.
    private const long FewestRows = 192;

    // Tiles of the product are as high.
    private const long RowsOfTile = 6;

    private readonly TargetRows _rows = new(targets, reduction, options, classWeights);
    private View _logSums;
    private View _dX;
    private View _dWeight;
    private View _dBias;

    private int Classes => weight.Shape[0];

    private int Rows => checked((int)x.Shape.Rows);

    /// <summary>How many rows are computed at once: as many as have 16 MB of float32 logits, or 192 where that is more, cut into chunks of like
    /// size.</summary>
    /// <param name="rows">How many there are.</param>
    /// <param name="classes">C.</param>
    /// <returns>The rows of a chunk; at least as many as there are if one chunk is enough.</returns>
    public static int RowsAtATime(long rows, int classes)
    {
        long most = Math.Max(FewestRows, BytesAtATime / (sizeof(float) * (long)classes));
        long chunks = (rows + most - 1) / most;
        long even = (rows + chunks - 1) / chunks;
        return checked((int)((even + RowsOfTile - 1) / RowsOfTile * RowsOfTile));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// A target, the smoothing or the size of a chunk is out of range (<see cref="ArgumentOutOfRangeException"/>), or class weights are tracked.
    /// </exception>
    public override Shape[] OutputShapes()
    {
        if (x.Shape.Rank == 0 || weight.Shape.Rank != 2)
            throw Wrong($"{x.Shape.Rank} and {weight.Shape.Rank} axes, expected at least 1 and 2");
        if (x.Shape.Columns != weight.Shape[1])
            throw Wrong($"inner sizes differ, {x.Shape.Columns} and {weight.Shape[1]}");
        if (bias is not null && bias.Shape != [Classes])
            throw Wrong($"the bias must be [{Classes}]");
        if (_rows.Misfit(x, "x [..., in]", Classes) is { } misfit)
            throw Wrong(misfit);
        if (rowsAtATime < 1)
            throw new ArgumentOutOfRangeException(null, $"{Name}: {rowsAtATime} rows at a time, expected at least 1");
        _rows.Check(Name, x, Classes);
        return [_rows.OutputShape];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        Backend backend = tape.Backend;
        _logSums = tape.Rent([Rows, 2], $"{Name} log sums");
        bool goesBackAtOnce = Outputs[0].IsTracked && _rows.Reduces;
        if (goesBackAtOnce)
            RentGradients(tape);

        using Scratch rowWeights = backend.Pool.Scratch([Rows], $"{Name} row weights");
        using Scratch rowLosses = _rows.Reduces ? backend.Pool.Scratch([Rows], $"{Name} losses") : default;
        View losses = _rows.Reduces ? rowLosses.View : Output().As([Rows]);
        using Scratch logits = ScratchForLogits(backend);
        using Scratch one = backend.Pool.Scratch([1], $"{Name} factor");
        backend.Fill(one.View, 1);
        foreach ((int start, int count) in Chunks())
        {
            View z = logits.View.Range(0, count);
            ComputeLogits(backend, z, start, count);
            backend.CrossEntropy(
                losses.Range(start, count), _logSums.Range(start, count), rowWeights.View.Range(start, count), z, TargetsOf(start, count),
                _rows.ClassWeights, _rows.Options);
            if (goesBackAtOnce)
                GoBack(backend, z, one.View, start, count, new(_dX, Add: false), new(_dWeight, start > 0), new(_dBias, start > 0));
        }

        if (_rows.Reduces)
            _rows.Reduce(tape, Output(), losses, rowWeights.View);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// With dz [rows, C] as <see cref="CrossEntropy"/> derives it, and z = x Wᵀ + b as <see cref="Linear"/> does,
    /// <code>
    /// dx = dz W      [rows, C] [C, in]
    /// dW = dzᵀ x     [C, rows] [rows, in]
    /// db = Σ dz      over the rows: [C]
    /// </code>
    /// All are linear in the factor s with which a row's loss counts. If that is the same for all rows, forward computed the three for s = 1,
    /// and they are multiplied by s here. Else dz is computed again, chunk by chunk, with each row's own s.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = tape.GradientOf(Outputs[0]);
        GradientTarget dX = tape.GradientInto(x);
        GradientTarget dWeight = tape.GradientInto(weight);
        GradientTarget dBias = tape.GradientInto(bias);
        if (_rows.Reduces)
        {
            using Scratch room = backend.Pool.Scratch([1], $"{Name} gradient of a row");
            View s = _rows.GradientOfRows(backend, dy, room.View);
            AddMultiple(backend, dX, _dX, s);
            AddMultiple(backend, dWeight, _dWeight, s);
            AddMultiple(backend, dBias, _dBias, s);
            return;
        }

        View factors = dy.As([Rows]);
        using Scratch logits = ScratchForLogits(backend);
        foreach ((int start, int count) in Chunks())
        {
            View z = logits.View.Range(0, count);
            ComputeLogits(backend, z, start, count);
            GoBack(
                backend, z, factors.Range(start, count), start, count, dX, dWeight with { Add = dWeight.Add || start > 0 },
                dBias with { Add = dBias.Add || start > 0 });
        }
    }

    private static void AddMultiple(Backend backend, GradientTarget target, View gradient, View factor)
    {
        if (target.IsWanted)
            backend.Combine<Multiplication>(target.View, gradient.As(target.View.Shape), factor, Broadcast.Scalar, target.Add);
    }

    private IEnumerable<(int Start, int Count)> Chunks()
    {
        for (int start = 0; start < Rows; start += rowsAtATime)
            yield return (start, Math.Min(rowsAtATime, Rows - start));
    }

    private Scratch ScratchForLogits(Backend backend) =>
        backend.Pool.Scratch([Math.Min(rowsAtATime, Rows), Classes], $"{Name} some rows of logits");

    private void RentGradients(Tape tape)
    {
        if (x.IsTracked)
            _dX = tape.Rent([Rows, x.Shape.Columns], $"{Name} gradient of x");
        if (weight.IsTracked)
            _dWeight = tape.Rent(weight.Shape, $"{Name} gradient of the weight");
        if (bias is { IsTracked: true })
            _dBias = tape.Rent(bias.Shape, $"{Name} gradient of the bias");
    }

    private View TargetsOf(int start, int count) => _rows.Targets.View.As([Rows]).Range(start, count);

    private View RowsOfX(int start, int count) => x.View.AsMatrix().Range(start, count);

    private void ComputeLogits(Backend backend, View z, int start, int count) =>
        backend.Linear(z, RowsOfX(start, count), weight.View, bias?.View ?? default);

    // From a chunk's logits, which dz takes the place of, to the three gradients; factors is [count], or [1] for all rows.
    private void GoBack(
        Backend backend, View z, View factors, int start, int count, GradientTarget dX, GradientTarget dWeight, GradientTarget dBias)
    {
        backend.CrossEntropySlope(
            z, z, _logSums.Range(start, count), factors, TargetsOf(start, count), _rows.ClassWeights, _rows.Options, add: false);
        if (dX.IsWanted)
            backend.MatMul(dX.View.AsMatrix().Range(start, count), z, false, weight.View, false, dX.Add);
        if (dWeight.IsWanted)
            backend.MatMul(dWeight.View, z, true, RowsOfX(start, count), false, dWeight.Add);
        if (dBias.IsWanted)
            backend.Sum(dBias.View, z, Axis.Rows(z.Shape), 1, dBias.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>
        /// The cross-entropy of the logits x Wᵀ + b with target classes, <c>x.Linear(weight, bias).CrossEntropy(…)</c> without the memory for the
        /// logits; the results differ in rounding. 6 rows in C operations in training, where it keeps the gradients of x, W and b.
        /// </summary>
        /// <param name="weight">[C, in]: W; x is [..., in].</param>
        /// <param name="bias">[C]: b, or absent.</param>
        /// <param name="targets">The shape of x without the last axis; each 0 to C - 1 or the ignored index.</param>
        /// <param name="reduction">How the rows become one loss. Where they stay apart, backward computes the logits again: 8 rows in C
        /// operations.</param>
        /// <param name="options">The ignored index and label smoothing; null: index -100 and none, as in PyTorch.</param>
        /// <param name="classWeights">[C]: a constant weight for each class, or null: all 1.</param>
        /// <returns>[1], or the shape of the targets where nothing is reduced. The mean of no counted row is NaN, its gradient 0.</returns>
        /// <exception cref="ShapeException">The operands do not fit.</exception>
        /// <exception cref="ArgumentOutOfRangeException">A target is neither a class nor ignored, or the smoothing is not in [0, 1].</exception>
        /// <exception cref="ArgumentException">The class weights are tracked: no gradient flows into them.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor LinearCrossEntropy(
            Tensor weight,
            Tensor? bias,
            IndexTensor targets,
            Reduction reduction = Reduction.Mean,
            CrossEntropyOptions? options = null,
            Tensor? classWeights = null)
        {
            int rowsAtATime = Operations.LinearCrossEntropy.RowsAtATime(x.Shape.Rows, weight.Shape.Rank == 2 ? weight.Shape[0] : 1);
            return Tape.Of(x, weight, bias, classWeights)
                .Run(new LinearCrossEntropy(x, weight, bias, targets, reduction, options ?? new(), classWeights, rowsAtATime));
        }
    }
}
