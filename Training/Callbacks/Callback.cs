namespace MiniLstm.Training;

/// <summary>Is told what happens in a <c>Fit</c>; override what is of interest. The hooks are those of
/// Keras.</summary>
/// <remarks>
/// <para>Callbacks of <see cref="LanguageModelTrainer"/> are another family, <see cref="TrainingCallback"/>: that loop
/// has steps and reports where this one has batches and epochs.</para>
/// <para>What a callback remembers from epoch to epoch, it writes down in <see cref="SaveTo"/>: a run that is
/// interrupted and resumed then calls it exactly as one that never was, but for <see cref="OnTrainBegin"/> and
/// <see cref="OnTrainEnd"/>.</para>
/// </remarks>
public abstract class Callback
{
    /// <summary>A run begins, or goes on from a backup.</summary>
    /// <param name="learner">The learner.</param>
    public virtual void OnTrainBegin(Learner learner)
    {
    }

    /// <summary>An epoch begins.</summary>
    /// <param name="learner">The learner; its learning rate may be set.</param>
    /// <param name="epoch">Which, from 1.</param>
    public virtual void OnEpochBegin(Learner learner, int epoch)
    {
    }

    /// <summary>A batch is about to be learnt from.</summary>
    /// <param name="learner">The learner; its learning rate may be set.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="batch">The batch, from 1.</param>
    public virtual void OnBatchBegin(Learner learner, int epoch, int batch)
    {
    }

    /// <summary>A batch was learnt from.</summary>
    /// <param name="learner">The learner; <see cref="Learner.Stop"/> ends the run after this batch.</param>
    /// <param name="report">The numbers.</param>
    public virtual void OnBatchEnd(Learner learner, BatchReport report)
    {
    }

    /// <summary>The validation data is about to be evaluated.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    public virtual void OnValidationBegin(Learner learner, int epoch)
    {
    }

    /// <summary>The validation data was evaluated.</summary>
    /// <param name="learner">The learner, whose metrics still hold what they observed.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="figures">Loss and metrics by name, without <c>val_</c>.</param>
    public virtual void OnValidationEnd(Learner learner, int epoch, IReadOnlyDictionary<string, double> figures)
    {
    }

    /// <summary>An epoch ended, validation included.</summary>
    /// <param name="learner">The learner; <see cref="Learner.Stop"/> ends the run.</param>
    /// <param name="report">The numbers.</param>
    public virtual void OnEpochEnd(Learner learner, EpochReport report)
    {
    }

    /// <summary>The run ended. Not called if it ends with an exception.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="history">What it came to.</param>
    public virtual void OnTrainEnd(Learner learner, History history)
    {
    }

    /// <summary>Writes down what has to be remembered.</summary>
    /// <param name="notes">What the backup keeps, by name; no two callbacks may use the same name.</param>
    public virtual void SaveTo(IDictionary<string, double> notes)
    {
    }

    /// <summary>Goes on from what was written down; what is not there is as at the start of a run. A new run calls it
    /// with no notes at all.</summary>
    /// <param name="notes">What the backup kept.</param>
    public virtual void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
    }
}
