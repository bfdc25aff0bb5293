using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>What flows into a model of Keras.</summary>
internal static class KerasInput
{
    private const string Embedding = "Embedding";

    /// <summary>Tokens [time], sequences [time, features] or single vectors [features], as the file says, without the
    /// axis of the batch; old files leave the features to the first kernel.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static FlowShape Of(KerasModel source)
    {
        IReadOnlyList<int?> shape = source.InputShape;
        foreach (int? size in shape)
        {
            if (size < 1)
                throw new FormatException($"an input of size {size}, expected at least 1");
        }

        // What comes before an embedding, noise or dropout, changes no token's meaning.
        KerasLayer? first = source.Layers.FirstOrDefault(layer => layer.Weights.Count > 0 || layer.Kind == Embedding);
        bool isTokens = first?.Kind == Embedding;
        int? kernelWidth = first?.Weights is [{ Shape: [int width, ..] }, ..] ? width : null;
        return shape switch
        {
            [] when isTokens => FlowShape.Tokens,
            [var steps] when isTokens => FlowShape.Tokens with { Steps = steps },
            [] => new(kernelWidth ?? 0),
            [var features] => new(features ?? kernelWidth ?? 0, HasTime: false),
            [var steps, var features] when !isTokens => new(features ?? kernelWidth ?? 0, Steps: steps),
            _ => throw new FormatException(
                $"an input of shape [{string.Join(", ", shape.Select(size => size is { } known ? $"{known}" : "any"))}], "
                + "expected [time, features], [features], or tokens [time] and an Embedding"),
        };
    }
}
