using System.Diagnostics;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Trains a language model on the windows of one text: the loop, and around it reports, validation,
/// checkpoints and callbacks.</summary>
/// <remarks>
/// <para><see cref="Step"/> is training itself: forward, loss, backward, update, and carrying the recurrent state
/// over.</para>
/// <para>What is made small is the cross-entropy with the penalties that the layers ask for; what is reported is the
/// cross-entropy alone.</para>
/// <para>The state is reset to zeros at the start of each epoch and nowhere else; within an epoch it is carried from
/// window to window. Gradients stop at the start of each window.</para>
/// <para>Everything is a function of the seeds and the step's number, so a run may be interrupted anywhere and goes on
/// from its checkpoint as if nothing had happened, to the bit.</para>
/// <para>The host looks at the device only where a number is wanted: at reports, validations, checkpoints and ends of
/// epochs. A step whose gradient is NaN or infinite changes nothing, nor does any after it; when the host notices, it
/// runs that step again with checks.</para>
/// </remarks>
public sealed partial class LanguageModelTrainer : IDisposable
{
    private readonly BoundOptimizer _optimizer;
    private readonly MicroBatches _parts;
    private readonly View _lossSum;
    private readonly Stopwatch _elapsed = new();
    private readonly Stopwatch _stepping = new();
    private string? _stopReason;
    private bool _mustRestore;
    private bool _isDisposed;

    /// <summary>Prepares a run, at step 0. What schedule and callbacks remember of an earlier run, they
    /// forget.</summary>
    /// <param name="model">The model, built; it ends in logits over the tokens. Must outlive the trainer.</param>
    /// <param name="windows">The training text, in windows.</param>
    /// <param name="options">Everything else.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The batch cannot be cut into that many equal parts, or a group of parameters
    /// does not fit the model.</exception>
    /// <exception cref="DataException">There is a validation text, of one token.</exception>
    /// <exception cref="DeviceException">The device has no room for moments and states.</exception>
    public LanguageModelTrainer(Sequential model, Windows windows, TrainingOptions options)
    {
        Require.AtLeast(1, options.Steps);
        Require.AtMost(BoundOptimizer.MaximumSteps, options.Steps);
        Require.AtLeast(1, options.ReportEvery);
        Require.AtLeast(1, options.ValidateEvery);
        Require.AtLeast(1, options.ValidationStreams);
        Require.AtLeast(1, options.CheckpointEvery);
        Require.AtLeast(1, options.MicroBatches);
        if (options.ValidationIds.Length == 1)
            throw new DataException("a validation text of 1 token, evaluation needs at least 2");

        Model = model;
        Windows = windows;
        Options = options;
        _optimizer = options.Optimizer.Over(model.Parameters, options.ParameterGroups);
        try
        {
            _parts = new(model, windows, options.MicroBatches);
            _lossSum = Device.Pool.Rent([1], "sum of losses");
            LoadFrom(new Dictionary<string, double>());
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The model.</summary>
    public Sequential Model { get; }

    /// <summary>The training text.</summary>
    public Windows Windows { get; }

    /// <summary>How it is trained.</summary>
    public TrainingOptions Options { get; }

    /// <summary>How many steps of the run were made; the next window has this number.</summary>
    public long CompletedSteps => _optimizer.CompletedSteps;

    /// <summary>The epoch of the latest step, from 1; 0 before the first.</summary>
    public long Epoch => (CompletedSteps + Windows.PerEpoch - 1) / Windows.PerEpoch;

    private Backend Device => Model.Device;

    private bool IsFinished => CompletedSteps >= Options.Steps || _stopReason is not null;

    /// <summary>Trains until the step budget is used up, a callback stops the run, or it is cancelled.</summary>
    /// <param name="cancellation">Ends the run after the step in progress; the checkpoint is then that of this
    /// step.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="TrainingFailedException">A gradient was NaN or infinite. Once the cause is mended, the run may
    /// go on.</exception>
    /// <exception cref="InvalidOperationException">An earlier run ended with any other exception, perhaps in the middle
    /// of a step, and <see cref="Restore"/> was not called since; or two callbacks keep a note of the same name in the
    /// checkpoint.</exception>
    /// <exception cref="IOException">A checkpoint cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A checkpoint may not be written.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        if (_mustRestore)
            throw new InvalidOperationException(
                "Run: an exception left the trainer in the middle of something; Restore a checkpoint first");
        try
        {
            return Train(cancellation);
        }
        catch (Exception error) when (error is not TrainingFailedException)
        {
            _mustRestore = true;
            throw;
        }
    }

    /// <summary>Ends the run after the step in progress; for callbacks.</summary>
    /// <param name="reason">Why, in words.</param>
    public void Stop(string reason) => _stopReason = reason;

    /// <summary>Returns the memory of moments and states; the model stays.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _optimizer.Dispose();
        _parts?.Dispose();
        if (_lossSum.Exists)
            Device.Pool.Return(_lossSum);
    }

    private TrainingResult Train(CancellationToken cancellation)
    {
        _elapsed.Restart();
        SaveCheckpoint();
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.OnStart(this);

        while (!IsFinished && !cancellation.IsCancellationRequested)
        {
            if (CompletedSteps % Windows.PerEpoch == 0)
                BeginEpoch();
            Step();
            if (IsDue(Options.ReportEvery))
                Report();
            if (IsDue(Options.ValidateEvery) && !Options.ValidationIds.IsEmpty)
                Validate();
            if (IsDue(Options.CheckpointEvery) && !IsFinished)
                SaveCheckpoint();
        }

        return End();
    }

    private void BeginEpoch()
    {
        ThrowIfFailed();
        _parts.Reset();
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.OnEpoch(this, CompletedSteps / Windows.PerEpoch + 1);
    }

    /// <summary>One step of training. No value comes to the host.</summary>
    private void Step()
    {
        _stepping.Start();
        RememberOffsets();
        Model.ClearGradients();
        _parts.Accumulate(CompletedSteps);
        _optimizer.LearningRate = Options.Optimizer.LearningRate * Options.Schedule.FactorAt(CompletedSteps);
        Update update = _optimizer.Step(Options.Clipping);
        Model.Constrain(update.Status);
        _parts.Keep(update.Status);

        // The losses since the last report; the memory of this one holds the sum until it is known to count.
        Device.Scale(_parts.Loss, 1, _lossSum, add: true);
        Device.CopyUnlessFailed(_lossSum, _parts.Loss, update.Status);
        _measuredSteps++;
        _stepping.Stop();
    }
}
