namespace MiniLstm.Training;

/// <summary>What becomes of the recurrent state between the batches of a <see cref="Learner"/>.</summary>
public enum StatePolicy
{
    /// <summary>Each batch begins with zeros.</summary>
    Reset,

    /// <summary>Row b of a batch goes on from where row b of the batch before ended: Keras's <c>stateful</c>. It begins
    /// with zeros at each epoch, evaluation and prediction; gradients stop between batches. All batches have one size,
    /// and nothing is shuffled.</summary>
    Carried,
}
