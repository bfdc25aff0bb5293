using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>Using what was learnt.</content>
public sealed partial class Learner
{
    private const string ValidationPrefix = "val_";

    /// <summary>Measures loss and metrics, without learning; dropout is off.</summary>
    /// <param name="inputs">Ids [samples, time], or values [samples, time, features] or [samples, features].</param>
    /// <param name="labels">What the loss wants, as many samples.</param>
    /// <param name="batchSize">Samples that are computed at once.</param>
    /// <param name="sampleWeight">Values [samples] or [samples, time]: what the losses are multiplied by.</param>
    /// <param name="states">What becomes of the recurrent state between batches.</param>
    /// <returns>The figures by name: <c>loss</c>, then the metrics in their order.</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or states are carried over batches of different
    /// sizes.</exception>
    /// <exception cref="ShapeException">Inputs, labels or weights do not fit one another or the model.</exception>
    public IReadOnlyDictionary<string, double> Evaluate(
        Samples inputs,
        Samples labels,
        int batchSize = 32,
        Samples? sampleWeight = null,
        StatePolicy states = StatePolicy.Reset)
    {
        Require.AtLeast(1, batchSize);
        var data = new Dataset(inputs, labels, sampleWeight);
        FitPlan.CheckStates(states, data.Count, batchSize, shuffles: false, "Evaluate");
        return Evaluate(data, batchSize, states);
    }

    /// <summary>Computes the model's output: probabilities if the model ends in a softmax or sigmoid, logits if it ends
    /// in those. Dropout is off.</summary>
    /// <param name="inputs">Ids [samples, time], or values [samples, time, features] or [samples, features].</param>
    /// <param name="batchSize">Samples that are computed at once.</param>
    /// <param name="states">What becomes of the recurrent state between batches.</param>
    /// <returns>Values [samples, columns] or [samples, time, columns].</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or states are carried over batches of different
    /// sizes.</exception>
    /// <exception cref="ShapeException">The inputs do not fit the model.</exception>
    public Samples Predict(Samples inputs, int batchSize = 32, StatePolicy states = StatePolicy.Reset)
    {
        Require.AtLeast(1, batchSize);

        // There are no labels; nobody will ask for them.
        var data = new Dataset(inputs, labels: inputs);
        FitPlan.CheckStates(states, data.Count, batchSize, shuffles: false, "Predict");
        using RecurrentState? state = NewState(states, batchSize);
        float[] values = [];
        Shape sample = [1];
        for (int start = 0; start < data.Count; start += batchSize)
        {
            var batch = new SampleBatch(data.Range(start, Math.Min(batchSize, data.Count - start)));
            using Tape tape = Tape.ForInference(Device);
            (Tensor output, StateCursor next) = Forward(tape, batch, Model.Layers, state);
            state?.KeepFrom(next);

            sample = output.Shape.Rank == 3 ? [output.Shape[0], output.Shape[2]] : [output.Shape.Columns];
            if (start == 0)
                values = new float[data.Count * sample.Count];
            SamplesFirst(output, batch.Count).CopyTo(values.AsSpan((int)(start * sample.Count)));
        }

        Shape all = sample.Rank == 2 ? [data.Count, sample[0], sample[1]] : [data.Count, sample[0]];
        return Samples.OfValues(values, all);
    }

    private OrderedDictionary<string, double> Evaluate(Dataset data, int batchSize, StatePolicy states)
    {
        using RecurrentState? state = NewState(states, batchSize);
        var mean = new RunningMean();
        ResetMetrics();
        for (int start = 0; start < data.Count; start += batchSize)
        {
            var batch = new SampleBatch(data.Range(start, Math.Min(batchSize, data.Count - start)));
            using Tape tape = Tape.ForInference(Device);
            (Tensor output, StateCursor next) = Forward(tape, batch, _layers, state);
            mean.Add(LossOf(output, batch).ToScalar(), batch.Count);
            Observe(output, batch.Targets);
            state?.KeepFrom(next);
        }

        return Figures(mean);
    }

    private void Validate(FitPlan plan, int epoch, Dataset data, OrderedDictionary<string, double> figures)
    {
        foreach (Callback callback in plan.Callbacks)
            callback.OnValidationBegin(this, epoch);
        OrderedDictionary<string, double> found = Evaluate(data, plan.BatchSize, plan.States);
        foreach (Callback callback in plan.Callbacks)
            callback.OnValidationEnd(this, epoch, found);
        foreach ((string name, double value) in found)
            figures.Add(ValidationPrefix + name, value);
    }

    private float[] SamplesFirst(Tensor output, int samples)
    {
        float[] values = new float[output.Shape.Count];
        Device.Download(output.View, values);
        return output.Shape.Rank == 3
            ? Samples.Turn<float>(values, output.Shape[0], samples, output.Shape[2])
            : values;
    }
}
