using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>An optimiser at work on the parameters of one store: owns the moments, counts the steps.</summary>
/// <remarks>
/// <para>A step is four calls that the device queues; no value comes to the host. If the gradient's norm is NaN or
/// infinite, the step changes nothing, notes its number on the device, and nor does any later step change anything
/// until <see cref="Rewind"/>: the host may look seldom, rewind, and run the failed step again as if it had never
/// been.</para>
/// <para>Steps below 2^24 only, since the device notes them in float32.</para>
/// </remarks>
public sealed class BoundOptimizer : IDisposable
{
    /// <summary>The most steps that can be counted.</summary>
    public const long MaximumSteps = (1 << 24) - 1;

    private readonly View _moments;
    private double _learningRate;
    private bool _isDisposed;

    internal BoundOptimizer(Optimizer rule, ParameterStore parameters)
    {
        Rule = rule;
        Parameters = parameters;
        LearningRate = rule.LearningRate;
        Status = Backend.Pool.Rent([2], "optimizer status");
        try
        {
            Backend.Fill(Status, 0);
            if (rule.MomentCount == 0)
                return;

            Shape flat = parameters.Values.Shape;
            _moments = Backend.Pool.Rent([rule.MomentCount, flat[0], flat[1]], "optimizer moments");
            Backend.Fill(_moments, 0);
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

    /// <summary>Each moment of each parameter, named <c>optimizer.moment1.lstm.weight_ih_l0</c>: with
    /// <see cref="CompletedSteps"/>, all that a checkpoint must keep.</summary>
    public IEnumerable<(string Name, View View)> Moments
    {
        get
        {
            for (int k = 0; k < Rule.MomentCount; k++)
            {
                foreach (Parameter parameter in Parameters.All)
                    yield return ($"optimizer.moment{k + 1}.{parameter.Name}", MomentOf(parameter, k));
            }
        }
    }

    /// <summary>What the latest step did; before the first, nothing failed and the norm is 0.</summary>
    public Update LastUpdate => new(Backend, Status);

    internal View Status { get; }

    private Backend Backend => Parameters.Backend;

    /// <summary>Clips the gradients by their global norm and updates the parameters.</summary>
    /// <param name="maximumNorm">Gradients are scaled by min(1, maximum / (norm + 1e-6)); infinity, the default, leaves
    /// them as they are.</param>
    /// <returns>What happened, to be read from the device on demand.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    /// <exception cref="InvalidOperationException"><see cref="MaximumSteps"/> were made.</exception>
    public Update Step(double maximumNorm = double.PositiveInfinity)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Require.AboveZero(maximumNorm);
        if (CompletedSteps >= MaximumSteps)
            throw new InvalidOperationException($"Step: {CompletedSteps} steps were made, no more can be counted");

        CompletedSteps++;
        Backend.SumOfSquares(Status.Range(0, 1), Parameters.Gradients, add: false);
        Backend.JudgeGradient(Status, CompletedSteps);
        Rule.Update(this, maximumNorm);
        return LastUpdate;
    }

    /// <summary>Goes back to before the step that failed, so that it can be run again: nothing but the count has to
    /// change, since no step from it on changed anything.</summary>
    /// <returns>The number of the failed step, counted from 1; the next <see cref="Step"/> has it again.</returns>
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
    }

    /// <summary>One moment of all weights, laid out as the parameters; absent if the rule keeps fewer.</summary>
    internal View Moment(int index) => index < Rule.MomentCount ? _moments[index] : default;

    private View MomentOf(Parameter parameter, int index)
    {
        View moment = Moment(index);
        long offset = parameter.View.Offset - Parameters.Values.Offset;
        return new(moment.Buffer, moment.Offset + offset, parameter.Shape);
    }
}
