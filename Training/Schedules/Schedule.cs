namespace MiniLstm.Training;

/// <summary>
/// How the learning rate changes over a run: a factor of the optimiser's own learning rate for each step, a pure
/// function of the step's number and of the validation losses that were observed.
/// </summary>
/// <remarks>Used as <c>optimizer.LearningRate = optimizer.Rule.LearningRate * schedule.FactorAt(step)</c> before each
/// step. Since no rate is computed from the one before, a resumed run has the same rates to the bit.</remarks>
public abstract class Schedule
{
    /// <summary>The same rate for the whole run.</summary>
    public static Schedule Constant { get; } = new ConstantSchedule();

    /// <summary>The factor of one step.</summary>
    /// <param name="step">How many steps were made before it, from 0.</param>
    /// <returns>A number from 0 to 1.</returns>
    public abstract double FactorAt(long step);

    /// <summary>This schedule for some steps, then another one, which begins at its own step 0.</summary>
    /// <remarks><c>new LinearWarmUp(500).Then(500, new CosineRestarts(2000))</c> is PyTorch's SequentialLR. Both parts
    /// hear of every validation.</remarks>
    /// <param name="steps">For how many steps this one counts, at least 0.</param>
    /// <param name="next">The schedule from then on; it may be a chain itself.</param>
    /// <returns>The chain.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is negative.</exception>
    public Schedule Then(long steps, Schedule next) => new ScheduleSequence(this, steps, next);

    /// <summary>Both at once: the product of their factors, as PyTorch's ChainedScheduler has it.</summary>
    /// <param name="left">A schedule.</param>
    /// <param name="right">Another one.</param>
    /// <returns>The product.</returns>
    public static Schedule operator *(Schedule left, Schedule right) => new ScheduleProduct(left, right);

    /// <summary>Tells the schedule the loss of a validation; only <see cref="ReduceOnPlateau"/> listens.</summary>
    /// <param name="loss">The validation loss.</param>
    public virtual void Observe(double loss)
    {
    }

    /// <summary>Writes down what was learnt from validations; the others have nothing to remember.</summary>
    /// <param name="notes">What a checkpoint keeps.</param>
    public virtual void SaveTo(IDictionary<string, double> notes)
    {
    }

    /// <summary>Goes on from what was written down; what is not there is as at the start of a run. A new trainer calls
    /// it with no notes at all.</summary>
    /// <param name="notes">What a checkpoint kept.</param>
    public virtual void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
    }

    private sealed class ConstantSchedule : Schedule
    {
        public override double FactorAt(long step) => 1;
    }
}
