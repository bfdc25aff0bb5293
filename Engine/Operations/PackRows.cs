namespace MiniLstm.Engine.Operations;

/// <summary>The steps of sequences that count, packed: y[r] = x[position of row r].</summary>
/// <param name="x">[T, B, columns].</param>
/// <param name="rows">The steps that count, N of them.</param>
public sealed class PackRows(Tensor x, SequenceRows rows) : Operation(x)
{
    /// <inheritdoc/>
    public override Shape[] OutputShapes()
    {
        if (x.Shape.Rank != 3 || x.Shape[0] != rows.Mask.Steps || x.Shape[1] != rows.Mask.Batch)
            throw Wrong($"a mask of {rows.Mask.Steps} steps and {rows.Mask.Batch} sequences takes [{rows.Mask.Steps}, {rows.Mask.Batch}, columns]");
        return [[rows.Count, x.Shape[2]]];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Gather(Output(), x.View.AsMatrix(), rows.Positions.View);

    /// <inheritdoc/>
    /// <remarks>Each row of x is read once at most: dx[position of row r] = dy[r], and 0 at steps that do not count.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (!dx.IsWanted)
            return;
        if (!dx.Add)
            tape.Backend.Fill(dx.View, 0);
        tape.Backend.Scatter(dx.View.AsMatrix(), rows.Positions.View, tape.GradientOf(Outputs[0]), add: true);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>Packs the steps of sequences [time, batch, columns] that count.</summary>
        /// <param name="rows">Which steps count.</param>
        /// <returns>[rows, columns].</returns>
        /// <exception cref="ShapeException">The mask has other steps or sequences.</exception>
        public Tensor PackRows(SequenceRows rows) => Tape.Of(x).Run(new PackRows(x, rows));
    }
}
