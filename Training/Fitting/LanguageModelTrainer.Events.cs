using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <content>What happens every so many steps, and at the end.</content>
public sealed partial class LanguageModelTrainer
{
    private long _reportedSteps;
    private long _measuredSteps;
    private double? _trainingLoss;
    private double? _validationLoss;
    private double? _bestLoss;
    private long _bestStep;

    private bool IsDue(long every) => CompletedSteps % every == 0 || CompletedSteps == Options.Steps;

    private void Report()
    {
        // Waiting for the device belongs to the time that the steps took.
        _stepping.Start();
        Update update = ThrowIfFailed();
        double sum = Read(_lossSum);
        double norm = update.Norm;
        _stepping.Stop();

        long steps = CompletedSteps - _reportedSteps;
        double tokens = (double)_measuredSteps * Windows.Steps * Windows.Batch;
        _trainingLoss = sum / steps;
        var report = new StepReport(
            CompletedSteps,
            Epoch,
            sum / steps,
            _optimizer.LearningRate,
            norm,
            tokens / _stepping.Elapsed.TotalSeconds,
            _elapsed.Elapsed);

        _reportedSteps = CompletedSteps;
        _measuredSteps = 0;
        _stepping.Reset();
        Device.Fill(_lossSum, 0);
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.OnReport(this, report);
    }

    private void Validate()
    {
        ThrowIfFailed();

        // Callbacks that save the model save what was evaluated.
        using IDisposable average = _optimizer.UseAverage();
        Evaluation result = Evaluation.Of(Model, Options.ValidationIds.Span, Options.ValidationStreams);
        bool isBest = _bestLoss is { } best ? result.Nats < best : !double.IsNaN(result.Nats);
        if (isBest)
        {
            _bestLoss = result.Nats;
            _bestStep = CompletedSteps;
        }

        _validationLoss = result.Nats;
        _optimizer.Observe(result.Nats);
        Options.Schedule.Observe(result.Nats);
        var report = new ValidationReport(CompletedSteps, Epoch, result, isBest, _elapsed.Elapsed);
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.OnValidation(this, report);
    }

    private TrainingResult End()
    {
        TrainingOutcome outcome = _stopReason is not null ? TrainingOutcome.Stopped
            : IsFinished ? TrainingOutcome.Completed
            : TrainingOutcome.Interrupted;
        SaveCheckpoint();
        var result = new TrainingResult(
            outcome,
            _stopReason,
            CompletedSteps,
            _trainingLoss,
            _validationLoss,
            _bestLoss,
            _bestStep,
            _elapsed.Elapsed);
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.OnEnd(this, result);
        return result;
    }

    private double Read(View single)
    {
        Span<double> value = stackalloc double[1];
        Device.Download(single, value);
        return value[0];
    }
}
