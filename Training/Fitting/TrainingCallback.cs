namespace MiniLstm.Training;

/// <summary>Is told what happens in a training run; override what is of interest.</summary>
/// <remarks>
/// Callbacks may read the model and even run it on tapes of their own, but must leave its parameters, random streams
/// and gradients alone. What they remember from call to call, they write down in <see cref="SaveTo"/>: a run that is
/// interrupted and resumed then calls them exactly as one that never was, but for <see cref="OnStart"/> and
/// <see cref="OnEnd"/>.
/// </remarks>
public abstract class TrainingCallback
{
    /// <summary>The run starts, or goes on from a checkpoint.</summary>
    /// <param name="trainer">The trainer.</param>
    public virtual void OnStart(LanguageModelTrainer trainer)
    {
    }

    /// <summary>An epoch begins: the recurrent state was just reset to zeros.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="epoch">Which, from 1.</param>
    public virtual void OnEpoch(LanguageModelTrainer trainer, long epoch)
    {
    }

    /// <summary>Some steps were made, as many as <see cref="TrainingOptions.ReportEvery"/> says.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="report">The numbers.</param>
    public virtual void OnReport(LanguageModelTrainer trainer, StepReport report)
    {
    }

    /// <summary>The validation text was evaluated.</summary>
    /// <param name="trainer">The trainer; <see cref="LanguageModelTrainer.Stop"/> ends the run after this step.</param>
    /// <param name="report">The numbers.</param>
    public virtual void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
    }

    /// <summary>The run ended, and its last checkpoint was written. Not called if it ends with an exception.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="result">How it ended.</param>
    public virtual void OnEnd(LanguageModelTrainer trainer, TrainingResult result)
    {
    }

    /// <summary>Writes down what has to be remembered.</summary>
    /// <param name="notes">What the checkpoint keeps, by name; no two callbacks may use the same
    /// name.</param>
    public virtual void SaveTo(IDictionary<string, double> notes)
    {
    }

    /// <summary>Goes on from what was written down; what is not there is as at the start of a run. A new trainer calls
    /// it with no notes at all.</summary>
    /// <param name="notes">What the checkpoint kept.</param>
    public virtual void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
    }
}
