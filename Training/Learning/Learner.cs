using System.Diagnostics;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>A model with loss, optimiser and metrics: Keras's <c>fit</c>, <c>evaluate</c> and <c>predict</c>.</summary>
/// <remarks>
/// <para><see cref="Learn"/> is training itself, the same few lines that one would write by hand: forward, loss and
/// penalties, backward, update, constraints, and carrying the recurrent state if that is wanted. <c>Fit</c> calls it for each batch, and
/// callbacks around it.</para>
/// <para>Whether states are reset or carried is said at each call, <see cref="StatePolicy"/>; nothing survives a
/// call.</para>
/// <para>Same data, settings and seeds give the same bits, whatever the number of threads, interrupted or not.</para>
/// </remarks>
public sealed partial class Learner : IDisposable
{
    private readonly BoundOptimizer _optimizer;
    private readonly bool _foldsLast;
    private string? _stopReason;
    private bool _isDisposed;

    internal Learner(Network model, Optimizer optimizer, IReadOnlyList<Objective> objectives)
    {
        if (objectives.Count == 0)
            throw new ArgumentException("Compile: no objective, expected one for each output");
        if (FirstTwice(objectives.Select(objective => objective.Name)) is { } twice)
            throw new ArgumentException($"Compile: two objectives are named '{twice}', expected different names");
        foreach (Objective objective in objectives)
        {
            if (FirstTwice(objective.Metrics.Select(metric => metric.Name)) is { } metric)
                throw new ArgumentException($"Compile: two metrics are named '{metric}', expected different ones");
        }

        if (optimizer.Average is not null)
            throw new ArgumentException(
                "Compile: an optimiser that keeps an average of the weights is for LanguageModelTrainer or a loop of one's own, "
                + "expected one without",
                nameof(optimizer));

        Model = model;
        Objectives = [.. objectives];
        _foldsLast = model is Sequential && FoldsLast(objectives[0].Loss, model.Layers[^1]);
        _optimizer = optimizer.Over(model.Parameters);
    }

    /// <summary>The model.</summary>
    public Network Model { get; }

    /// <summary>What each output is trained for.</summary>
    public IReadOnlyList<Objective> Objectives { get; }

    /// <summary>How many steps were made, in all calls of <c>Fit</c>.</summary>
    public long CompletedSteps => _optimizer.CompletedSteps;

    /// <summary>The learning rate of the next step; callbacks set it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, NaN or infinite.</exception>
    public double LearningRate
    {
        get => _optimizer.LearningRate;
        set => _optimizer.LearningRate = value;
    }

    /// <summary>How large gradients are made smaller; by default not at all.</summary>
    public GradientClipping Clipping { get; set; }

    /// <summary>The names of the figures that the run in progress gives for each epoch.</summary>
    public IReadOnlyList<string> FigureNames { get; private set; } = [];

    private Backend Device => Model.Device;

    /// <summary>Trains a model of one input and one output.</summary>
    /// <param name="inputs">Ids [samples, time], or values [samples, time, features] or [samples, features].</param>
    /// <param name="labels">What the loss wants, as many samples.</param>
    /// <param name="epochs">The epoch to end with: how often all samples are seen, if none was before.</param>
    /// <param name="batchSize">Samples of a step; the last batch of an epoch may be smaller.</param>
    /// <param name="validationData">Evaluated after each epoch.</param>
    /// <param name="validationSplit">The share of samples, from the end, that are kept for validation instead of learnt
    /// from; in [0, 1).</param>
    /// <param name="shuffle">Whether each epoch has an order of its own.</param>
    /// <param name="seed">What the orders depend on.</param>
    /// <param name="classWeight">What the losses of samples of a class are multiplied by; 1 for those that are not
    /// there. Validation is not weighted.</param>
    /// <param name="sampleWeight">Values [samples] or [samples, time]: what their losses are multiplied by.</param>
    /// <param name="callbacks">Who is told what happens, in this order.</param>
    /// <param name="initialEpoch">How many epochs were made before, in earlier calls.</param>
    /// <param name="states">What becomes of the recurrent state between batches.</param>
    /// <param name="groupByLength">Whether a batch has sequences of nearly the same length, by the lengths of the first
    /// input, and is cut to the longest of them: less padding. The order still depends on seed and epoch alone.</param>
    /// <param name="backupPath">A file that at the start and after each epoch gets all that the run depends on. If it
    /// is there already, the run goes on from it, to the bit; when the run ends, other than by cancellation or an
    /// exception, it is deleted.</param>
    /// <param name="cancellation">Ends the run after the batch in progress; its epoch does not count.</param>
    /// <returns>The figures of each epoch. The loss is the mean over the epoch's batches while the model was learning,
    /// each sample counting once, penalties included.</returns>
    /// <exception cref="ArgumentException">An argument is out of range, or arguments exclude one another.</exception>
    /// <exception cref="ShapeException">Inputs, labels or weights do not fit one another or the model.</exception>
    /// <exception cref="TrainingFailedException">A gradient was NaN or infinite, and no callback, such as
    /// <see cref="TerminateOnNaN"/>, ended the run. The weights are those before this step.</exception>
    /// <exception cref="ModelFileException">The backup is unsound, or one of another run.</exception>
    /// <exception cref="IOException">The backup cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The backup may not be read or written.</exception>
    public History Fit(
        Samples inputs,
        Samples labels,
        int epochs = 1,
        int batchSize = 32,
        Dataset? validationData = null,
        double validationSplit = 0,
        bool shuffle = true,
        ulong seed = 0,
        IReadOnlyDictionary<int, double>? classWeight = null,
        Samples? sampleWeight = null,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        StatePolicy states = StatePolicy.Reset,
        bool groupByLength = false,
        string? backupPath = null,
        CancellationToken cancellation = default) =>
        Fit(
            new Dataset(inputs, labels, sampleWeight),
            epochs,
            batchSize,
            validationData,
            validationSplit,
            shuffle,
            seed,
            classWeight,
            callbacks,
            initialEpoch,
            states,
            groupByLength,
            backupPath,
            cancellation);

#pragma warning disable CS1573 // The compiler does not look at what is inherited.
    /// <summary>Trains a model of any number of inputs and outputs.</summary>
    /// <param name="data">Inputs, labels and weights.</param>
    /// <inheritdoc cref="Fit(Samples, Samples, int, int, Dataset, double, bool, ulong, IReadOnlyDictionary{int, double}, Samples, IReadOnlyList{Callback}, int, StatePolicy, bool, string, CancellationToken)"/>
    public History Fit(
        Dataset data,
        int epochs = 1,
        int batchSize = 32,
        Dataset? validationData = null,
        double validationSplit = 0,
        bool shuffle = true,
        ulong seed = 0,
        IReadOnlyDictionary<int, double>? classWeight = null,
        IReadOnlyList<Callback>? callbacks = null,
        int initialEpoch = 0,
        StatePolicy states = StatePolicy.Reset,
        bool groupByLength = false,
        string? backupPath = null,
        CancellationToken cancellation = default)
#pragma warning restore CS1573
    {
        Require.AtLeast(0, initialEpoch);
        Require.AtLeast(0, epochs);
        Require.AtLeast(1, batchSize);
        Require.BelowOne(validationSplit);
        if (validationSplit > 0 && validationData is not null)
            throw new ArgumentException("Fit: both validationData and validationSplit, expected one of them");

        (Dataset training, Dataset? validation) = Split(data, validationSplit);
        validation ??= validationData;
        SampleOrder order = FitPlan.OrderFor(training, shuffle, groupByLength);
        CheckArrays("Fit", training);
        FitPlan.CheckStates(states, training.Count, batchSize, shuffle, "Fit");
        if (validation is not null)
        {
            CheckArrays("Fit: validation", validation);
            FitPlan.CheckStates(states, validation.Count, batchSize, shuffles: false, "Fit: validation");
        }

        if (classWeight is not null)
            training = training.Weighted(classWeight);
        return Run(
            new(
                training,
                validation,
                epochs,
                batchSize,
                initialEpoch,
                order,
                seed,
                states,
                callbacks ?? [],
                backupPath),
            cancellation);
    }

    /// <summary>Ends the run after the batch or epoch in progress; for callbacks.</summary>
    /// <param name="reason">Why, in words.</param>
    public void Stop(string reason) => _stopReason = reason;

    /// <summary>Returns the memory of the optimiser and of kept weights; the model stays.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _optimizer.Dispose();
        if (_keptWeights.Exists)
            Device.Pool.Return(_keptWeights);
    }

    private History Run(FitPlan plan, CancellationToken cancellation)
    {
        var history = new History();
        var elapsed = Stopwatch.StartNew();
        string[] names = [.. FiguresOf(new()).Select(figure => figure.Name)];
        FigureNames = plan.Validation is null ? names : [.. names, .. names.Select(name => ValidationPrefix + name)];
        _stopReason = null;
        int completed = Resume(plan, history);
        foreach (Callback callback in plan.Callbacks)
            callback.OnTrainBegin(this);
        Backup(plan, completed, history);

        using RecurrentState? state = NewState(plan.States, plan.BatchSize);
        while (completed < plan.Epochs && _stopReason is null)
        {
            int epoch = completed + 1;
            foreach (Callback callback in plan.Callbacks)
                callback.OnEpochBegin(this, epoch);
            state?.Reset();
            double rate = LearningRate;
            OrderedDictionary<string, double> figures = LearnEpoch(plan, epoch, state, cancellation);
            if (cancellation.IsCancellationRequested)
                break;

            completed = epoch;
            if (plan.Validation is { } validation)
                Validate(plan, epoch, validation, figures);
            history.Add(epoch, figures);
            var report = new EpochReport(epoch, CompletedSteps, figures, rate, elapsed.Elapsed);
            foreach (Callback callback in plan.Callbacks)
                callback.OnEpochEnd(this, report);
            if (_stopReason is null)
                Backup(plan, completed, history);
        }

        history.StopReason = _stopReason;
        history.IsCancelled = completed < plan.Epochs && _stopReason is null;
        foreach (Callback callback in plan.Callbacks)
            callback.OnTrainEnd(this, history);
        if (plan.BackupPath is { } path && !history.IsCancelled)
            File.Delete(path);
        return history;
    }

    private void CheckArrays(string operation, Dataset data)
    {
        if (data.Labels.Count != Objectives.Count)
            throw new ShapeException(
                $"{operation}: {data.Labels.Count} arrays of labels for {Objectives.Count} outputs, expected as many");
        if (Model is Sequential && data.Inputs.Count != 1)
            throw new ShapeException($"{operation}: {data.Inputs.Count} arrays of inputs, expected 1");
    }

    private static string? FirstTwice(IEnumerable<string> names) =>
        names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;

    private static (Dataset Training, Dataset? Validation) Split(Dataset all, double share)
    {
        if (share == 0)
            return (all, null);
        int count = (int)(all.Count * (1 - share));
        if (count == 0 || count == all.Count)
            throw new ArgumentException(
                $"Fit: validationSplit {share} of {all.Count} samples leaves {count} to learn from and " +
                $"{all.Count - count} to validate with, expected at least 1 of each");
        return (all.Range(0, count), all.Range(count, all.Count - count));
    }
}
