using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>The labels of one batch, to be brought on a tape in the form that a loss wants.</summary>
public sealed class Targets
{
    private readonly Samples _labels;

    internal Targets(Samples labels) => _labels = labels;

    /// <summary>The labels, samples first.</summary>
    internal Samples Labels => _labels;

    /// <summary>A class for each row of an output.</summary>
    /// <param name="output">[time, batch, classes] or [batch, classes].</param>
    /// <returns>[time, batch] or [batch].</returns>
    /// <exception cref="ShapeException">The labels are no ids, or not one for each row.</exception>
    public IndexTensor ClassesFor(Tensor output)
    {
        Shape rows = output.Shape.Without(output.Shape.Rank - 1);
        if (!_labels.AreIds || _labels.Shape.Count != rows.Count || _labels.Shape.Rank != rows.Rank)
            throw Wrong(output, rows.Rank == 2 ? "ids [samples, time]" : "ids [samples]");
        Samples ordered = InOrderOf(output);
        return Tape.Of(output).Indices(rows, ordered.Ids);
    }

    /// <summary>A value for each element of an output.</summary>
    /// <param name="output">[time, batch, columns] or [batch, columns].</param>
    /// <returns>The shape of the output; integers become values.</returns>
    /// <exception cref="ShapeException">There is not one label for each element.</exception>
    public Tensor ValuesFor(Tensor output)
    {
        Shape shape = output.Shape;
        bool fits = _labels.Shape.Count == shape.Count
            && (_labels.Shape.Rank == shape.Rank || (shape.Columns == 1 && _labels.Shape.Rank == shape.Rank - 1));
        if (!fits)
            throw Wrong(output, shape.Rank == 3 ? "values [samples, time, columns]" : "values [samples, columns]");

        Samples ordered = InOrderOf(output);
        float[] values = ordered.AreIds
            ? Array.ConvertAll(ordered.Ids.ToArray(), id => (float)id)
            : ordered.Values.ToArray();
        return Upload(Tape.Of(output), Samples.OfValues(values, shape));
    }

    /// <summary>The labels in the order of the rows of an output: time first if it has time.</summary>
    internal Samples InOrderOf(Tensor output) => output.Shape.Rank == 3 && _labels.Shape.Rank > 1
        ? _labels.TimeMajor()
        : _labels;

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
