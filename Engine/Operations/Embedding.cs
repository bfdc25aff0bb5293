namespace MiniLstm.Engine.Operations;

/// <summary>Rows of a table, looked up by id: y[...] = table[ids[...]].</summary>
/// <param name="table">[V, E]: a vector of E features for each of V ids.</param>
/// <param name="ids">One to three axes; each 0 to V - 1.</param>
/// <param name="paddingId">
/// An id whose row gets no gradient and so is never learnt, as PyTorch's padding_idx; or null.
/// </param>
public sealed class Embedding(Tensor table, IndexTensor ids, int? paddingId) : Operation(table)
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the table.</exception>
    public override Shape[] OutputShapes()
    {
        if (table.Shape.Rank != 2)
            throw Wrong("the table must be [ids, features]");
        if (ids.Shape.Rank is 0 or Shape.MaximumRank)
            throw Wrong($"ids {ids.Shape}, expected one to {Shape.MaximumRank - 1} axes");

        CheckId("id", ids.Minimum);
        CheckId("id", ids.Maximum);
        if (paddingId is { } padding)
            CheckId("padding id", padding);

        return [[.. ids.Shape, table.Shape[1]]];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Gather(Output(), table.View, ids.View);

    /// <inheritdoc/>
    /// <remarks>
    /// A row of the table counts wherever its id stands: dtable[v] = Σ dy[r] over all r with ids[r] = v, and 0 for ids
    /// that do not occur.
    /// </remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dTable = tape.GradientInto(table);
        if (!dTable.IsWanted)
            return;
        if (!dTable.Add)
            tape.Backend.Fill(dTable.View, 0);
        tape.Backend.ScatterAdd(dTable.View, ids, tape.GradientOf(Outputs[0]), skippedId: paddingId ?? -1);
    }

    private void CheckId(string what, int id)
    {
        int entries = table.Shape[0];
        if (id < 0 || id >= entries)
            throw new ArgumentOutOfRangeException(
                null,
                $"{Name}: {what} {id}, expected 0 to {entries - 1}; " +
                $"operands {table.Name} {table.Shape}, ids {ids.Shape}");
    }
}

public static partial class TensorOperations
{
    extension(Tensor table)
    {
        /// <summary>Looks rows up by id in a table [V, E]; copies.</summary>
        /// <param name="ids">One to three axes, such as [time, batch]; each 0 to V - 1.</param>
        /// <param name="paddingId">An id whose row gets no gradient, or null.</param>
        /// <returns>[..., E], such as [time, batch, features].</returns>
        /// <exception cref="ShapeException">The table has not two axes, or the ids not one to three.</exception>
        /// <exception cref="ArgumentOutOfRangeException">An id is not in the table.</exception>
        /// <exception cref="InvalidOperationException">The table is a parameter and on no tape.</exception>
        public Tensor Embedding(IndexTensor ids, int? paddingId = null) =>
            Tape.Of(table).Run(new Embedding(table, ids, paddingId));
    }
}
