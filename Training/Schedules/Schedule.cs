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
