using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>What does here what a layer of Keras does.</summary>
/// <param name="Layer">The layer that takes the weights, or nothing where none is needed.</param>
/// <param name="After">What follows it: the activation that Keras counts as part of the layer.</param>
/// <param name="Note">What is worth saying about it, or nothing.</param>
internal sealed record KerasTranslation(Layer? Layer, Layer? After = null, string? Note = null);
