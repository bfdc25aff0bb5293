using System.Text.Json;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>One reference case of PyTorch or Keras: a description and named arrays, all in memory. README.md beside
/// this file says what the names mean.</summary>
internal sealed class ParityCase
{
    private readonly Dictionary<string, (int[] Shape, double[] Values)> _tensors = [];

    private ParityCase(SafetensorsFile file)
    {
        using JsonDocument description = JsonDocument.Parse(file.Metadata["case"]);
        Case = description.RootElement.Clone();
        foreach (SafetensorsTensor tensor in file.Tensors)
            _tensors.Add(tensor.Name, ([.. tensor.Shape.Select(size => checked((int)size))], Read(file, tensor)));
    }

    /// <summary>The names of all cases, sorted.</summary>
    public static IReadOnlyList<string> All { get; } = NamesIn("pytorch");

    /// <summary>The names of all cases of Keras, sorted.</summary>
    public static IReadOnlyList<string> AllOfKeras { get; } = NamesIn("keras");

    /// <summary>The layer or operation and its options, a JSON object.</summary>
    public JsonElement Case { get; }

    /// <summary>The names of the arrays, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _tensors.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads the case of that name, such as <c>lstm-2-layers</c>.</summary>
    public static ParityCase Load(string name) => Load("pytorch", name);

    /// <summary>Reads the case of Keras of that name, such as <c>fit-adam</c>.</summary>
    public static ParityCase LoadKeras(string name) => Load("keras", name);

    /// <summary>The elements of an array, row-major; integers exactly, as all of these are below 2^53.</summary>
    public double[] Values(string name) => _tensors[name].Values;

    /// <summary>The elements of an array of integers, such as token ids and lengths.</summary>
    public int[] Integers(string name) => Array.ConvertAll(Values(name), value => checked((int)value));

    /// <summary>The sizes of an array; none for a single number.</summary>
    public int[] Shape(string name) => _tensors[name].Shape;

    private static IReadOnlyList<string> NamesIn(string framework) =>
    [
        .. new DirectoryInfo(FolderOf(framework)).EnumerateFiles("*.safetensors")
            .Select(file => Path.GetFileNameWithoutExtension(file.Name)).Order(StringComparer.Ordinal),
    ];

    private static string FolderOf(string framework) => Path.Combine(AppContext.BaseDirectory, "Parity", framework);

    private static ParityCase Load(string framework, string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(FolderOf(framework), name + ".safetensors"));
        return new ParityCase(file);
    }

    private static double[] Read(SafetensorsFile file, SafetensorsTensor tensor)
    {
        double[] values = new double[tensor.Count];
        if (tensor.Type is SafetensorsType.F32 or SafetensorsType.F64)
        {
            file.Read(tensor.Name, values);
            return values;
        }

        long[] integers = new long[tensor.Count];
        file.Read(tensor.Name, integers);
        return Array.ConvertAll(integers, value => (double)value);
    }
}
