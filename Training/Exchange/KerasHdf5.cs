using System.Text;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The layouts that Keras gives to HDF5.</summary>
/// <remarks>
/// <para>Keras 1 to 3, <c>.h5</c>: attributes <c>keras_version</c> (absent at first) and <c>model_config</c>, and a
/// group
/// <c>model_weights</c> whose attribute <c>layer_names</c> lists the groups of the layers, each of which lists its data
/// sets in
/// <c>weight_names</c>. In a file of weights alone all that stands at the root. The order of these lists counts, not
/// the names.</para>
/// <para>Keras 3, <c>.weights.h5</c> and inside <c>.keras</c>: a group for each layer under <c>layers</c>, named after
/// its class and numbered, with data sets <c>vars/0</c>, <c>vars/1</c>; those of a recurrent layer under
/// <c>cell</c>.</para>
/// </remarks>
internal static class KerasHdf5
{
    private const string Weights = "/model_weights";

    // Groups inside a layer's group that may hold its weights, in the order in which Keras counts them.
    private static readonly string[] _parts = ["cell", "forward_layer", "backward_layer", "layer"];

    private static readonly string[] _layerGroups = ["/layers", "/_layer_checkpoint_dependencies"];

    /// <summary>Reads an HDF5 file of any of these layouts.</summary>
    public static KerasModel Read(string path, Stream content)
    {
        var file = new Hdf5File(path, content);
        string root = file.HasGroup(Weights) ? Weights : "/";
        if (file.Names(root, "layer_names") is { } names)
            return ReadNamed(path, file, root, names);
        if (LayerGroup(file) is { } group)
            return ReadByClass(path, file, group);

        throw new ModelFileException(
            path, null, "an HDF5 file, but none of Keras: expected the attribute layer_names or the group layers");
    }

    /// <summary>The arrays of layers of which only class and order are known, as a <c>.keras</c> archive has
    /// them.</summary>
    /// <param name="path">Path of the archive.</param>
    /// <param name="content">The file of weights in it.</param>
    /// <param name="layers">The layers.</param>
    public static IReadOnlyList<KerasLayer> Fill(string path, Stream content, IReadOnlyList<KerasLayer> layers)
    {
        var file = new Hdf5File(path, content);
        string? group = LayerGroup(file);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var filled = new List<KerasLayer>(layers.Count);
        foreach (KerasLayer layer in layers)
        {
            string name = KerasNames.Numbered(layer.Kind, counts);
            string place = $"{group}/{name}";
            bool isThere = group is not null && file.HasGroup(place);
            filled.Add(layer with { Weights = isThere ? Variables(file, place, name) : [] });
        }

        return filled;
    }

    private static string? LayerGroup(Hdf5File file) => _layerGroups.FirstOrDefault(file.HasGroup);

    private static KerasModel ReadNamed(string path, Hdf5File file, string root, IReadOnlyList<string> names)
    {
        var weights = new Dictionary<string, IReadOnlyList<KerasArray>>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string place = root == "/" ? $"/{name}" : $"{root}/{name}";
            IReadOnlyList<string> arrays = file.HasGroup(place) ? file.Names(place, "weight_names") ?? [] : [];
            if (!weights.TryAdd(name, [.. arrays.Select(array => file.Array($"{place}/{array}", array))]))
                throw new ModelFileException(path, null, $"two layers are named {ForeignText.Quote(name)}");
        }

        string version = file.Text("/", "keras_version") ?? file.Text(root, "keras_version") ?? "";
        if (file.Text("/", "model_config") is { } config)
        {
            byte[] json = Encoding.UTF8.GetBytes(config);
            return KerasConfig.Parse(path, version, json, layers => [.. layers.Select(Filled)]);
        }


        KerasLayer[] layers = [.. names.Select(name => new KerasLayer("", name, default, weights[name]))];
        return new(path, version, KerasForm.Weights, [], layers);

        KerasLayer Filled(KerasLayer layer) => layer with { Weights = weights.GetValueOrDefault(layer.Name, []) };
    }

    private static KerasModel ReadByClass(string path, Hdf5File file, string group)
    {
        KerasLayer[] layers =
        [
            .. file.Children(group, groups: true)
                .Select(name => new KerasLayer("", name, default, Variables(file, $"{group}/{name}", name))),
        ];
        return new(path, "", KerasForm.WeightsByClass, [], layers);
    }

    private static List<KerasArray> Variables(Hdf5File file, string place, string name)
    {
        var arrays = new List<KerasArray>();
        AddVariables(file, place, name, arrays, _parts.Length);
        return arrays;
    }

    private static void AddVariables(Hdf5File file, string place, string name, List<KerasArray> arrays, int depth)
    {
        string variables = $"{place}/vars";
        int count = file.HasGroup(variables) ? file.Children(variables, groups: false).Count : 0;
        for (int k = 0; k < count; k++)
            arrays.Add(file.Array($"{variables}/{k}", $"{name}/vars/{k}"));

        // A layer in a layer in a layer: a cell in a direction in a wrapper is as deep as it gets.
        foreach (string part in _parts)
        {
            if (depth > 0 && file.HasGroup($"{place}/{part}"))
                AddVariables(file, $"{place}/{part}", $"{name}/{part}", arrays, depth - 1);
        }
    }
}
