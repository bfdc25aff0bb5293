using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Which arrays of Keras belong to which layer here.</summary>
internal static class KerasMatch
{
    /// <summary>The arrays of a layer of Keras, as the parameters of the layer here that does the same.</summary>
    /// <param name="from">The layer of Keras.</param>
    /// <param name="to">The layer here, or nothing, if none takes arrays.</param>
    /// <exception cref="FormatException">They are not those of such a layer.</exception>
    public static LayerArray[] Arrays(KerasLayer from, Layer? to)
    {
        IReadOnlyList<KerasArray> arrays = from.Weights;
        try
        {
            return to switch
            {
                Embedding => [KerasWeights.Same("weight", Only(arrays, 1)[0])],
                LayerWrapper wrapper => Arrays(from, wrapper.Inner),
                RecurrentLayer recurrent => KerasWeights.Recurrent(arrays, recurrent, IsForCudnn(from)),
                Dense { TiedTo: null } => KerasWeights.Dense(arrays),
                Dense => throw new FormatException($"{to.Name} is tied to an embedding; Keras has no such layer"),
                LayerNormalization =>
                    [KerasWeights.Same("weight", Only(arrays, 2)[0]), KerasWeights.Same("bias", arrays[1])],
                _ => [.. Only(arrays, 0).Select(array => KerasWeights.Same("", array))],
            };
        }
        catch (FormatException error)
        {
            throw new FormatException($"{from.Name}: {error.Message}");
        }
    }

    /// <summary>The layers of a file of weights beside those of a model that have weights.</summary>
    /// <exception cref="FormatException">There are others, or not as many.</exception>
    public static IReadOnlyList<(KerasLayer From, Layer? To)> Pair(KerasModel source, Sequential model)
    {
        bool Learns(Layer layer) =>
            model.Parameters.All.Any(p => p.Name.StartsWith($"{layer.Name}.", StringComparison.Ordinal));
        Layer[] learning = [.. model.Layers.Where(Learns)];
        return source.Form == KerasForm.WeightsByClass ? PairByClass(source, learning) : PairInOrder(source, learning);
    }

    private static (KerasLayer From, Layer? To)[] PairInOrder(KerasModel source, Layer[] learning)
    {
        KerasLayer[] given = [.. source.Layers.Where(layer => layer.Weights.Count > 0)];
        if (given.Length != learning.Length)
        {
            throw new FormatException(
                $"weights of {given.Length} layers ({Names(given.Select(layer => layer.Name))}) "
                + $"for a model with {learning.Length} ({Names(learning.Select(layer => layer.Name))})");
        }

        return [.. given.Zip(learning)];
    }

    private static List<(KerasLayer From, Layer? To)> PairByClass(KerasModel source, Layer[] learning)
    {
        Dictionary<string, KerasLayer> byName = source.Layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var pairs = new List<(KerasLayer From, Layer? To)>();
        foreach (Layer layer in learning)
        {
            string name = KerasNames.Numbered(KindOf(layer), counts);
            if (!byName.Remove(name, out KerasLayer? from))
                throw new FormatException(
                    $"no weights {name} for {layer.Name}; there are {Names(source.Layers.Select(l => l.Name))}");
            pairs.Add((from, layer));
        }

        KerasLayer[] left = [.. byName.Values.Where(layer => layer.Weights.Count > 0)];
        if (left.Length > 0)
            throw new FormatException(
                $"weights of layers that the model does not have: {Names(left.Select(layer => layer.Name))}");
        return pairs;
    }

    // Both directions are a wrapper in Keras.
    private static string KindOf(Layer layer) =>
        layer is RecurrentLayer { Direction: Direction.Bidirectional } ? "bidirectional" : layer.Kind;

    // A file of weights alone does not name classes.
    private static bool IsForCudnn(KerasLayer layer) => KerasRecurrent.IsForCudnn(layer.Kind)
        || (layer.Kind == "Bidirectional" && layer.Settings.ToString().Contains("\"CuDNN", StringComparison.Ordinal));

    private static IReadOnlyList<KerasArray> Only(IReadOnlyList<KerasArray> arrays, int count) => arrays.Count == count
        ? arrays
        : throw new FormatException($"{arrays.Count} arrays, expected {count}");

    private static string Names(IEnumerable<string> names) =>
        string.Join(", ", names.Take(10).Select(ForeignText.Show));
}
