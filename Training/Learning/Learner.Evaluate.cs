using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>Using what was learnt.</content>
public sealed partial class Learner
{
    private const string ValidationPrefix = "val_";
    private const string LossFigure = "loss";

    /// <summary>Measures loss and metrics of a model of one input and one output, without learning; dropout is
    /// off.</summary>
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
        StatePolicy states = StatePolicy.Reset) =>
        Evaluate(new Dataset(inputs, labels, sampleWeight), batchSize, states);

    /// <summary>Measures loss and metrics, without learning; dropout is off.</summary>
    /// <param name="data">Inputs, labels and weights.</param>
    /// <param name="batchSize">Samples that are computed at once.</param>
    /// <param name="states">What becomes of the recurrent state between batches.</param>
    /// <returns>The figures by name: <c>loss</c>, with the penalties of weights, as in Keras; then the metrics in their
    /// order. Of several outputs, each has its loss before its metrics, all named after the objective.</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or states are carried over batches of different
    /// sizes.</exception>
    /// <exception cref="ShapeException">Inputs, labels or weights do not fit one another or the model.</exception>
    public IReadOnlyDictionary<string, double> Evaluate(
        Dataset data, int batchSize = 32, StatePolicy states = StatePolicy.Reset)
    {
        Require.AtLeast(1, batchSize);
        CheckArrays("Evaluate", data);
        FitPlan.CheckStates(states, data.Count, batchSize, shuffles: false, "Evaluate");
        return Measure(data, batchSize, states);
    }

    /// <summary>Computes the output of a model of one input and one output: probabilities if the model ends in a softmax
    /// or sigmoid, logits if it ends in those. Dropout is off.</summary>
    /// <param name="inputs">Ids [samples, time], or values [samples, time, features] or [samples, features].</param>
    /// <param name="batchSize">Samples that are computed at once.</param>
    /// <param name="states">What becomes of the recurrent state between batches.</param>
    /// <returns>Values [samples, columns] or [samples, time, columns].</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or states are carried over batches of different
    /// sizes.</exception>
    /// <exception cref="ShapeException">The inputs do not fit the model.</exception>
    public Samples Predict(Samples inputs, int batchSize = 32, StatePolicy states = StatePolicy.Reset) =>
        Predict([inputs], batchSize, states)[0];

    /// <summary>Computes the outputs of a model as its <see cref="Network.Forward"/> gives them. Dropout is
    /// off.</summary>
    /// <param name="inputs">One array for each input.</param>
    /// <param name="batchSize">Samples that are computed at once.</param>
    /// <param name="states">What becomes of the recurrent state between batches.</param>
    /// <returns>Values [samples, columns] or [samples, time, columns], for each output.</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or states are carried over batches of different
    /// sizes.</exception>
    /// <exception cref="ShapeException">The inputs do not fit the model.</exception>
    public IReadOnlyList<Samples> Predict(
        IReadOnlyList<Samples> inputs, int batchSize = 32, StatePolicy states = StatePolicy.Reset)
    {
        Require.AtLeast(1, batchSize);
        var data = new Dataset(inputs, labels: []);
        FitPlan.CheckStates(states, data.Count, batchSize, shuffles: false, "Predict");
        using RecurrentState? state = NewState(states, batchSize);
        List<Samples>[] parts = [];
        for (int start = 0; start < data.Count; start += batchSize)
        {
            var batch = new SampleBatch(data.Range(start, Math.Min(batchSize, data.Count - start)));
            using Tape tape = Tape.ForInference(Device);
            StateCursor cursor = Model.Start(tape, state);
            IReadOnlyList<Flow> outputs = Model.Forward(tape, batch.InputsOn(tape), cursor);
            state?.KeepFrom(cursor);
            if (start == 0)
                parts = [.. outputs.Select(_ => new List<Samples>())];
            for (int k = 0; k < outputs.Count; k++)
                parts[k].Add(SamplesFirst(outputs[k].Values));
        }

        return [.. parts.Select(Samples.Concatenate)];
    }

    private OrderedDictionary<string, double> Measure(Dataset data, int batchSize, StatePolicy states)
    {
        using RecurrentState? state = NewState(states, batchSize);
        var mean = new RunningMean();
        ResetMetrics();
        for (int start = 0; start < data.Count; start += batchSize)
        {
            var batch = new SampleBatch(data.Range(start, Math.Min(batchSize, data.Count - start)));
            using Tape tape = Tape.ForInference(Device);
            (IReadOnlyList<Flow> outputs, StateCursor next) = Forward(tape, batch, state);
            (Tensor loss, IReadOnlyList<Tensor> ofOutputs) = LossOf(tape, outputs, next, batch);
            ObserveLosses(ofOutputs, batch);
            mean.Add(loss.ToScalar(), batch.Count);
            Observe(outputs, batch);
            state?.KeepFrom(next);
        }

        return Figures(mean);
    }

    private void Validate(FitPlan plan, int epoch, Dataset data, OrderedDictionary<string, double> figures)
    {
        foreach (Callback callback in plan.Callbacks)
            callback.OnValidationBegin(this, epoch);
        OrderedDictionary<string, double> found = Measure(data, plan.BatchSize, plan.States);
        foreach (Callback callback in plan.Callbacks)
            callback.OnValidationEnd(this, epoch, found);
        foreach ((string name, double value) in found)
            figures.Add(ValidationPrefix + name, value);
    }

    private Samples SamplesFirst(Tensor output)
    {
        float[] values = new float[output.Shape.Count];
        Device.Download(output.View, values);
        Samples samples = Samples.OfValues(values, output.Shape);
        return output.Shape.Rank == 3 ? samples.TimeMajor() : samples;
    }
}
