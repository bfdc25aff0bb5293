namespace MiniLstm.Model;

/// <summary>Names the layers of a model.</summary>
internal static class LayerNames
{
    /// <summary>The name of each layer: its own or, if it has none, that of its kind, from the second one on with a
    /// number.</summary>
    /// <param name="layers">All layers of a new model.</param>
    /// <exception cref="ArgumentException">Two layers have one name, or a layer belongs to a model already.</exception>
    public static string[] Of(IReadOnlyList<Layer> layers)
    {
        string[] names = new string[layers.Count];
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int k = 0; k < names.Length; k++)
        {
            Layer layer = layers[k];
            if (layer.IsTaken)
                throw new ArgumentException($"Sequential: the layer {layer.Name} belongs to a model already");

            int number = counts.GetValueOrDefault(layer.Kind);
            counts[layer.Kind] = number + 1;
            string ofKind = number == 0 ? layer.Kind : $"{layer.Kind}_{number}";
            names[k] = layer.Name.Length > 0 ? layer.Name : ofKind;
            if (Array.IndexOf(names, names[k]) < k)
                throw new ArgumentException($"Sequential: two layers are named {names[k]}");
        }

        return names;
    }
}
