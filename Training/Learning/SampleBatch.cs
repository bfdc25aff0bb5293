using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Some samples on the host, ready to be brought on a tape.</summary>
internal sealed class SampleBatch
{
    private readonly IReadOnlyList<Samples> _inputs;
    private readonly Samples? _weights;

    // By how many steps the first input was cut.
    private readonly int _cut;

    /// <summary>Takes samples.</summary>
    /// <param name="data">The samples, samples first.</param>
    /// <param name="cuts">Whether sequences of a known length are cut to the longest of the batch.</param>
    public SampleBatch(Dataset data, bool cuts = false)
    {
        Count = data.Count;
        _inputs = cuts ? [.. data.Inputs.Select(input => input.CutToLongest())] : data.Inputs;
        _cut = cuts ? data.Inputs[0].Shape[1] - _inputs[0].Shape[1] : 0;
        _weights = data.Weights;
        Targets = [.. data.Labels.Select(labels => new Targets(labels, _cut))];
    }

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>What should come out, for each output.</summary>
    public IReadOnlyList<Targets> Targets { get; }

    /// <summary>Brings the inputs on a tape, time first. The one place where data becomes a flow.</summary>
    public IReadOnlyList<Flow> InputsOn(Tape tape) => [.. _inputs.Select(input => InputOn(tape, input))];

    /// <summary>Brings the weights of rows of losses on a tape.</summary>
    /// <param name="tape">Where to.</param>
    /// <param name="losses">[time, batch] or [batch].</param>
    /// <param name="mask">Which steps count; null: all.</param>
    /// <returns>The same shape, 0 at steps that do not count; null if all are 1.</returns>
    /// <exception cref="ShapeException">There is a weight for each step of sequences of another length.</exception>
    public Tensor? WeightsFor(Tape tape, Shape losses, SequenceMask? mask)
    {
        if (_weights is null && mask is null)
            return null;

        // A weight for a whole sample holds at each of its time steps.
        int steps = losses.Rank == 2 ? losses[0] : 1;
        int given = _weights?.RowLength ?? 1;
        if (given != 1 && given != steps + _cut)
            throw new ShapeException(
                $"Fit: sample weights {_weights?.Shape} for losses {losses} [time, batch], expected [samples] or " +
                $"[samples, {steps + _cut}]");

        float[] all = new float[losses.Count];
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < Count; b++)
            {
                bool counts = mask is null || mask[t, b];
                all[t * Count + b] = !counts ? 0 : _weights is null ? 1 : _weights.Values[b * given + (given == 1 ? 0 : t)];
            }
        }

        return Training.Targets.Upload(tape, Samples.OfValues(all, losses));
    }

    private static Flow InputOn(Tape tape, Samples input)
    {
        if (input.AreIds)
        {
            Samples tokens = input.TimeMajor();
            return new(tape.Indices(tokens.Shape, tokens.Ids), input.Mask());
        }

        Samples values = input.Shape.Rank == 3 ? input.TimeMajor() : input;
        return new(Training.Targets.Upload(tape, values), input.Mask());
    }
}
