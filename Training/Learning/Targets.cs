using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>The labels of one batch, to be brought on a tape in the form that a loss wants.</summary>
public sealed class Targets
{
    private readonly Samples _labels;
    private readonly int _cut;

    /// <summary>Takes the labels of a batch.</summary>
    /// <param name="labels">Samples first.</param>
    /// <param name="cut">By how many time steps the batch was cut: those of the labels do not count either.</param>
    internal Targets(Samples labels, int cut = 0)
    {
        _labels = labels;
        _cut = cut;
    }

    /// <summary>A class for each row of an output.</summary>
    /// <param name="output">[time, batch, classes] or [batch, classes].</param>
    /// <returns>[time, batch] or [batch].</returns>
    /// <exception cref="ShapeException">The labels are no ids, or not one for each row.</exception>
    public IndexTensor ClassesFor(Tensor output)
    {
        Shape rows = output.Shape.Without(output.Shape.Rank - 1);
        Samples ordered = InOrderOf(output);
        if (!ordered.AreIds || ordered.Shape.Count != rows.Count || ordered.Shape.Rank != rows.Rank)
            throw Wrong(output, rows.Rank == 2 ? "ids [samples, time]" : "ids [samples]");
        return Tape.Of(output).Indices(rows, ordered.Ids);
    }

    /// <summary>A value for each element of an output.</summary>
    /// <param name="output">[time, batch, columns] or [batch, columns].</param>
    /// <returns>The shape of the output; integers become values.</returns>
    /// <exception cref="ShapeException">There is not one label for each element.</exception>
    public Tensor ValuesFor(Tensor output)
    {
        Shape shape = output.Shape;
        Samples ordered = InOrderOf(output);
        bool fits = ordered.Shape.Count == shape.Count
            && (ordered.Shape.Rank == shape.Rank || (shape.Columns == 1 && ordered.Shape.Rank == shape.Rank - 1));
        if (!fits)
            throw Wrong(output, shape.Rank == 3 ? "values [samples, time, columns]" : "values [samples, columns]");

        float[] values = ordered.AreIds
            ? Array.ConvertAll(ordered.Ids.ToArray(), id => (float)id)
            : ordered.Values.ToArray();
        return Upload(Tape.Of(output), Samples.OfValues(values, shape));
    }

    /// <summary>The labels in the order of the rows of an output: time first if it has time.</summary>
    internal Samples InOrderOf(Tensor output)
    {
        if (output.Shape.Rank != 3 || _labels.Shape.Rank == 1)
            return _labels;
        int steps = output.Shape[0];
        bool isCut = _cut > 0 && _labels.Shape[1] == steps + _cut;
        return (isCut ? _labels.Cut(steps) : _labels).TimeMajor();
    }

    /// <summary>Copies values onto a tape, as the constants that they are.</summary>
    internal static Tensor Upload(Tape tape, Samples samples)
    {
        View view = tape.Rent(samples.Shape, "samples");
        tape.Backend.Upload(view, samples.Values);
        return tape.Constant(view);
    }

    private ShapeException Wrong(Tensor output, string expected)
    {
        string kind = _labels.AreIds ? "ids" : "values";
        return new(
            $"Fit: labels are {kind} {_labels.Shape} for the model's output {output.Shape}, expected {expected}");
    }
}
