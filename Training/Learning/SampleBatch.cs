using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Some samples on the host, ready to be brought on a tape.</summary>
/// <param name="data">The samples, samples first.</param>
internal sealed class SampleBatch(Dataset data)
{
    /// <summary>How many samples there are.</summary>
    public int Count => data.Count;

    /// <summary>What should come out.</summary>
    public Targets Targets { get; } = new(data.Labels);

    /// <summary>Brings the inputs on a tape, time first. The one place where data becomes a flow.</summary>
    public Flow InputOn(Tape tape)
    {
        Samples inputs = data.Inputs;
        if (inputs.AreIds)
        {
            Samples tokens = inputs.TimeMajor();
            return new(tape.Indices(tokens.Shape, tokens.Ids));
        }

        return new(Targets.Upload(tape, inputs.Shape.Rank == 3 ? inputs.TimeMajor() : inputs));
    }

    /// <summary>Brings the weights on a tape, one for each row of losses.</summary>
    /// <param name="tape">Where to.</param>
    /// <param name="losses">[time, batch] or [batch].</param>
    /// <returns>The same shape; null if all are 1.</returns>
    /// <exception cref="ShapeException">There is a weight for each step of sequences of another length.</exception>
    public Tensor? WeightsFor(Tape tape, Shape losses)
    {
        if (data.Weights is not { } weights)
            return null;

        // A weight for a whole sample holds at each of its time steps.
        int steps = losses.Rank == 2 ? losses[0] : 1;
        int given = weights.RowLength;
        if (given != 1 && given != steps)
            throw new ShapeException(
                $"Fit: sample weights {weights.Shape} for losses {losses} [time, batch], expected [samples] or " +
                $"[samples, {steps}]");

        float[] all = new float[losses.Count];
        ReadOnlySpan<float> values = weights.Values;
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < Count; b++)
                all[t * Count + b] = values[b * given + (given == 1 ? 0 : t)];
        }

        return Targets.Upload(tape, Samples.OfValues(all, losses));
    }
}
