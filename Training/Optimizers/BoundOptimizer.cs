using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>An optimiser at work on the parameters of one store: owns the moments, counts the steps.</summary>
/// <remarks>
/// <para>A step is a few calls that the device queues; no value comes to the host. If the gradient's norm is NaN or
/// infinite, the step changes nothing, notes its number on the device, and nor does any later step change anything
/// until <see cref="Rewind"/>: the host may look seldom, rewind, and run the failed step again as if it had never
/// been.</para>
/// <para>Steps below 2^24 only, since the device notes them in float32.</para>
/// </remarks>
public sealed class BoundOptimizer : IDisposable
{
    /// <summary>The most steps that can be counted.</summary>
    public const long MaximumSteps = (1 << 24) - 1;

    private readonly IReadOnlyList<(Parameter Parameter, TrainedRange Range)> _trained;
    private readonly IReadOnlyList<TrainedRange> _ranges;
    private readonly View _moments;
    private readonly BoundAverage? _average;
    private double _learningRate;
    private bool _isDisposed;

    internal BoundOptimizer(Optimizer rule, ParameterStore parameters, IReadOnlyList<ParameterGroup> groups)
    {
        Rule = rule;
        Parameters = parameters;
        LearningRate = rule.LearningRate;
        _trained = TrainedRange.Of(parameters, groups);
        _ranges = TrainedRange.Merge(_trained.Select(trained => trained.Range));
        Status = Backend.Pool.Rent([2], "optimizer status");
        try
        {
            Backend.Fill(Status, 0);
            if (rule.MomentCount > 0)
            {
                int rows = _ranges.Sum(range => range.Rows);
                _moments = Backend.Pool.Rent([rule.MomentCount, rows, parameters.Values.Columns], "optimizer moments");
                Backend.Fill(_moments, 0);
            }

            if (rule.Average is { } average)
                _average = new(average, parameters);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The rule that it follows.</summary>
    public Optimizer Rule { get; }

    /// <summary>What it changes.</summary>
    public ParameterStore Parameters { get; }

    /// <summary>The learning rate of the next step; schedules set it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, NaN or infinite.</exception>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = Require.NotNegative(value, nameof(LearningRate));
    }

    /// <summary>How many steps were made. Those after a failed one count too, until <see cref="Rewind"/>.</summary>
    public long CompletedSteps { get; private set; }

    /// <summary>Each moment of each parameter that is learnt, named <c>optimizer.moment1.lstm.weight_ih_l0</c>, then
    /// the average of each parameter, if one is kept, named <c>optimizer.average.lstm.weight_ih_l0</c>: with
    /// <see cref="CompletedSteps"/> and the notes of <see cref="SaveTo"/>, all that a checkpoint must keep.</summary>
    public IEnumerable<(string Name, View View)> Moments
    {
        get
        {
            for (int k = 0; k < Rule.MomentCount; k++)
            {
                foreach ((Parameter parameter, TrainedRange range) in _trained)
                    yield return ($"optimizer.moment{k + 1}.{parameter.Name}", MomentOf(parameter, range, k));
            }

            if (_average is null)
                yield break;
            foreach (Parameter parameter in Parameters.All)
                yield return ($"optimizer.average.{parameter.Name}", _average.Of(parameter));
        }
    }

    /// <summary>What the latest step did; before the first, nothing failed and the norm is 0.</summary>
    public Update LastUpdate => new(Backend, Status);

    internal View Status { get; }

    private Backend Backend => Parameters.Backend;

    /// <summary>Clips the gradients by their global norm and updates the parameters.</summary>
    /// <param name="maximumNorm">As of <see cref="GradientClipping.ByGlobalNorm"/>; infinity, the default, leaves them
    /// as they are.</param>
    /// <returns>What happened, to be read from the device on demand.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    /// <exception cref="InvalidOperationException"><see cref="MaximumSteps"/> were made, or the average is in
    /// use.</exception>
    public Update Step(double maximumNorm = double.PositiveInfinity) =>
        Step(GradientClipping.ByGlobalNorm(maximumNorm));

    /// <summary>Clips the gradients and updates the parameters, then their average.</summary>
    /// <param name="clipping">How the gradients are clipped.</param>
    /// <returns>What happened, to be read from the device on demand.</returns>
    /// <exception cref="InvalidOperationException"><see cref="MaximumSteps"/> were made, or the average is in
    /// use.</exception>
    public Update Step(GradientClipping clipping)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (CompletedSteps >= MaximumSteps)
            throw new InvalidOperationException($"Step: {CompletedSteps} steps were made, no more can be counted");
        if (_average is { IsInUse: true })
            throw new InvalidOperationException(
                "Step: the average is in the place of the weights; dispose of what UseAverage gave first");

        CompletedSteps++;
        View squaredNorm = Status.Range(0, 1);
        for (int k = 0; k < _ranges.Count; k++)
            Backend.SumOfSquares(squaredNorm, GradientsOf(_ranges[k]), add: k > 0);
        Backend.JudgeGradient(Status, CompletedSteps);

        if (clipping.IsByParameter)
            UpdateEach(clipping);
        else
        {
            foreach (TrainedRange range in _ranges)
                Update(range, clipping.LimitOf(squaredNorm));
        }

        _average?.Follow(CompletedSteps, Status);
        return LastUpdate;
    }

    /// <summary>Tells the average the loss of a validation; only <see cref="NonMonotoneAverage"/> listens.</summary>
    /// <param name="loss">The validation loss.</param>
    public void Observe(double loss) => _average?.Observe(loss, CompletedSteps);

    /// <summary>Puts the average of the weights in their place, until the result is disposed of: for evaluation and
    /// saving. Does nothing where no average is kept, and before the first step.</summary>
    /// <returns>What puts the weights back.</returns>
    /// <exception cref="InvalidOperationException">The average is in use already.</exception>
    public IDisposable UseAverage()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_average is { IsInUse: true })
            throw new InvalidOperationException("UseAverage: the average is in use already");
        BoundAverage? average = CompletedSteps > 0 ? _average : null;
        average?.Exchange();
        return new Use(average);
    }

    /// <summary>Writes down what the validations taught; the memory beside <see cref="Moments"/>.</summary>
    /// <param name="notes">What a checkpoint keeps.</param>
    public void SaveTo(IDictionary<string, double> notes) => _average?.SaveTo(notes);

    /// <summary>Goes on from what was written down; what is not there is as at the start of a run.</summary>
    /// <param name="notes">What a checkpoint kept.</param>
    public void LoadFrom(IReadOnlyDictionary<string, double> notes) => _average?.LoadFrom(notes);

    /// <summary>Goes back to before the step that failed, so that it can be run again: nothing but the count has to
    /// change, since no step from it on changed anything.</summary>
    /// <returns>The number of the failed step, counted from 1; the next step has it again.</returns>
    /// <exception cref="InvalidOperationException">No step failed.</exception>
    public long Rewind()
    {
        long failed = LastUpdate.FailedStep
            ?? throw new InvalidOperationException("Rewind: no step failed");
        Restore(failed - 1);
        return failed;
    }

    /// <summary>Goes on from a checkpoint, whose moments were uploaded into <see cref="Moments"/>.</summary>
    /// <param name="completedSteps">How many steps were made.</param>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than
    /// <see cref="MaximumSteps"/>.</exception>
    public void Restore(long completedSteps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(completedSteps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(completedSteps, MaximumSteps);
        CompletedSteps = completedSteps;
        Backend.Fill(Status, 0);
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        Backend.Pool.Return(Status);
        if (_moments.Exists)
            Backend.Pool.Return(_moments);
        _average?.Dispose();
    }

    // Each parameter by its own norm; the device works in order, so that one place serves for all norms.
    private void UpdateEach(GradientClipping clipping)
    {
        using Scratch squaredNorm = Backend.Pool.Scratch([1], "squared norm of a parameter's gradient");
        foreach ((_, TrainedRange range) in _trained)
        {
            Backend.SumOfSquares(squaredNorm.View, GradientsOf(range), add: false);
            Update(range, clipping.LimitOf(squaredNorm.View));
        }
    }

    private void Update(TrainedRange range, GradientLimit limit)
    {
        View weights = Parameters.Values.Range(range.Row, range.Rows);
        var moments = new Moments(MomentOf(range, 0), MomentOf(range, 1), MomentOf(range, 2));
        var update = new RangeUpdate(range.Group, weights, GradientsOf(range), moments);
        Rule.Update(Backend, update, CompletedSteps, LearningRate, Status, limit);
    }

    private View GradientsOf(TrainedRange range) => Parameters.Gradients.Range(range.Row, range.Rows);

    /// <summary>One moment of a range; absent if the rule keeps fewer.</summary>
    private View MomentOf(TrainedRange range, int index) =>
        index < Rule.MomentCount ? _moments[index].Range(range.MomentRow, range.Rows) : default;

    private View MomentOf(Parameter parameter, TrainedRange range, int index)
    {
        View rows = MomentOf(range, index);
        return new(rows.Buffer, rows.Offset, parameter.Shape);
    }

    /// <summary>The time in which the average is in the place of the weights.</summary>
    private sealed class Use(BoundAverage? average) : IDisposable
    {
        private BoundAverage? _average = average;

        public void Dispose()
        {
            // Not in use any more if the optimiser was disposed of first.
            if (_average is { IsInUse: true })
                _average.Exchange();
            _average = null;
        }
    }
}
