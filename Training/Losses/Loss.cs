using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>What training makes small: one loss for each row of a model's output, a row being what a sample, or a time
/// step of it, came to.</summary>
/// <remarks>
/// The loss of a batch is their mean; with weights Σ w l / rows, as in Keras: weights do not change what is divided by. Where a
/// mask is left at the output, only the time steps that count are rows.
/// Cross-entropies take logits, since probabilities underflow to 0. If the model's last layer makes probabilities of
/// them, an <see cref="Activation"/> of the function <see cref="Folds"/>, training leaves it out.
/// </remarks>
public abstract class Loss
{
    /// <summary>-log p[y] with p = softmax(output), for labels that are ids: y, one for each row.</summary>
    public static Loss SparseCategoricalCrossEntropy { get; } = new SparseCategoricalCrossEntropy();

    /// <summary>-Σ t[c] log p[c] with p = softmax(output), for labels that are distributions t over the
    /// classes.</summary>
    public static Loss CategoricalCrossEntropy { get; } = new CategoricalCrossEntropy();

    /// <summary>The mean over the columns of -t log p - (1 - t) log(1 - p), p = sigmoid(output), for labels t from 0 to
    /// 1.</summary>
    public static Loss BinaryCrossEntropy { get; } = new BinaryCrossEntropy();

    /// <summary>The mean over the columns of (output - t)², for labels t of any value.</summary>
    public static Loss MeanSquaredError { get; } = new MeanSquaredError();

    /// <summary>What messages call it.</summary>
    public string Name => GetType().Name;

    /// <summary>The function that makes predictions of the output that the loss takes: softmax, sigmoid, or
    /// none.</summary>
    public virtual ActivationFunction? Folds => null;

    /// <summary>The loss of each row.</summary>
    /// <param name="output">[time, batch, columns] or [batch, columns].</param>
    /// <param name="targets">The labels of the batch.</param>
    /// <returns>[time, batch] or [batch].</returns>
    /// <exception cref="ShapeException">The labels do not fit the output.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is no class of the output.</exception>
    public abstract Tensor OfRows(Tensor output, Targets targets);
}
