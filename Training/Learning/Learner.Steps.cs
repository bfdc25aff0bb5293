using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>The loop over batches, and one step of it.</content>
public sealed partial class Learner
{
    /// <summary>Learns from all batches of an epoch.</summary>
    /// <returns>The figures of the epoch, or, after cancellation or a stop, of its beginning.</returns>
    private OrderedDictionary<string, double> LearnEpoch(
        FitPlan plan, int epoch, RecurrentState? state, CancellationToken cancellation)
    {
        int[] order = plan.OrderOf(epoch);
        var mean = new RunningMean();
        ResetMetrics();
        for (int batch = 1; batch <= plan.Batches; batch++)
        {
            if (cancellation.IsCancellationRequested || _stopReason is not null)
                break;
            foreach (Callback callback in plan.Callbacks)
                callback.OnBatchBegin(this, epoch, batch);

            int start = (batch - 1) * plan.BatchSize;
            int count = Math.Min(plan.BatchSize, order.Length - start);
            var samples = new SampleBatch(plan.Training.Take(order.AsSpan(start, count)));
            ulong[] offsets = [.. Model.RandomStreams.Select(stream => stream.Offset)];
            (double loss, Update update) = Learn(samples, state);
            mean.Add(loss, count);

            var report = new BatchReport(
                epoch, batch, plan.Batches, CompletedSteps, loss, mean.Value, update.Norm);
            if (report.HasFailed)
                _optimizer.Rewind();
            foreach (Callback callback in plan.Callbacks)
                callback.OnBatchEnd(this, report);
            if (report.HasFailed && _stopReason is null)
                throw Diagnose(samples, state, offsets);
        }

        return Figures(mean);
    }

    /// <summary>One step of training.</summary>
    private (double Loss, Update Update) Learn(SampleBatch batch, RecurrentState? state)
    {
        using Tape tape = Tape.ForTraining(Device);
        (Tensor output, StateCursor next) = Forward(tape, batch, _layers, state);
        Tensor loss = LossOf(output, batch);
        Observe(output, batch.Targets);
        double value = loss.ToScalar();
        Model.ClearGradients();
        tape.Backward(loss);
        Update update = _optimizer.Step(MaximumNorm);
        state?.KeepFrom(next, update.Status);
        return (value, update);
    }

    /// <summary>What some of the model's layers make of a batch.</summary>
    private (Tensor Output, StateCursor Next) Forward(
        Tape tape, SampleBatch batch, IReadOnlyList<Layer> layers, RecurrentState? state)
    {
        var cursor = new StateCursor(Model.Slots, state is null ? [] : state.On(tape));
        Flow x = batch.InputOn(tape);
        foreach (Layer layer in layers)
            x = layer.Forward(tape, x, cursor);
        return (x.Values, cursor);
    }

    /// <summary>The mean loss of the rows, or Σ w l / rows.</summary>
    private Tensor LossOf(Tensor output, SampleBatch batch)
    {
        Tensor rows = Loss.OfRows(output, batch.Targets);
        Tensor? weights = batch.WeightsFor(rows.Tape!, rows.Shape);
        return weights is null ? rows.Mean() : (rows * weights).Mean();
    }

    /// <summary>Runs a failed step again, on a tape that checks every operation.</summary>
    private TrainingFailedException Diagnose(SampleBatch batch, RecurrentState? state, ulong[] offsets)
    {
        long failed = CompletedSteps + 1;
        SetOffsets(offsets);
        try
        {
            using Tape tape = Tape.ForTraining(Device, checks: true);
            Tensor loss = LossOf(Forward(tape, batch, _layers, state).Output, batch);
            Model.ClearGradients();
            tape.Backward(loss);
        }
        catch (NonFiniteException error)
        {
            return new(failed, error.Message, error);
        }

        return new(failed, "every gradient is finite, but the sum of their squares is beyond the device's numbers");
    }

    private void Observe(Tensor output, Targets targets)
    {
        if (Metrics.Count == 0)
            return;

        Samples labels = targets.InOrderOf(output);
        bool areClasses = labels.AreIds && labels.Shape.Count == output.Shape.Rows;
        int[]? classes = areClasses ? labels.Ids.ToArray() : null;
        double[]? values = areClasses ? null : targets.ValuesFor(output).ToArray();
        var predictions = new Predictions(output.ToArray(), output.Shape.Columns, classes, values, Loss.Folds);
        foreach (Metric metric in Metrics)
            metric.Observe(predictions);
    }

    private void ResetMetrics()
    {
        foreach (Metric metric in Metrics)
            metric.Reset();
    }

    private OrderedDictionary<string, double> Figures(RunningMean loss)
    {
        var figures = new OrderedDictionary<string, double> { ["loss"] = loss.Value };
        foreach (Metric metric in Metrics)
            figures.Add(metric.Name, metric.Value);
        return figures;
    }

    private RecurrentState? NewState(StatePolicy states, int batch) =>
        states == StatePolicy.Carried ? Model.NewState(batch) : null;

    /// <summary>The layers whose output the loss takes: all but a last one that it folds.</summary>
    private static IReadOnlyList<Layer> LayersBefore(Loss loss, Sequential model)
    {
        if (loss.Folds is not { } folded || model.Layers[^1] is not Activation last)
            return model.Layers;
        if (last.Function == folded)
            return [.. model.Layers.SkipLast(1)];
        if (last.Function is ActivationFunction.Softmax or ActivationFunction.Sigmoid)
            throw new ArgumentException(
                $"Compile: the model ends in {last.Name}, a {last.Function}; {loss.Name} takes logits, or the " +
                $"output of a {folded}");
        return model.Layers;
    }

    /// <summary>A mean in which each sample counts once.</summary>
    private sealed class RunningMean
    {
        private double _sum;
        private long _count;

        public double Value => _sum / _count;

        public void Add(double loss, int count)
        {
            _sum += loss * count;
            _count += count;
        }
    }
}
