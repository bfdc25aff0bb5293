using System.Text.Json;

namespace MiniLstm.Training;

/// <summary>What a file of Keras says: layers with their settings and weights, before anybody asks whether a layer here
/// can do the same.</summary>
/// <param name="File">Path of the file, for messages.</param>
/// <param name="KerasVersion">The version that wrote it, such as <c>2.2.4-tf</c>; empty if the file does not
/// say.</param>
/// <param name="Form">What kind of file it is.</param>
/// <param name="InputShape">Sizes of the input without the batch axis, null for one that is open; empty if the file
/// does not say.</param>
/// <param name="Layers">The layers, each fed with the output of the one before, where the file knows the order.</param>
public sealed record KerasModel(
    string File,
    string KerasVersion,
    KerasForm Form,
    IReadOnlyList<int?> InputShape,
    IReadOnlyList<KerasLayer> Layers)
{
    /// <summary>The first number of the version; 1 for a file that does not say, as the first ones did not, or 3 for
    /// weights that lie under the names of classes.</summary>
    public int MajorVersion
    {
        get
        {
            string first = KerasVersion.Split('.')[0];
            if (int.TryParse(first, out int major))
                return major;
            return Form == KerasForm.WeightsByClass ? 3 : 1;
        }
    }
}

/// <summary>What a file of Keras holds.</summary>
public enum KerasForm
{
    /// <summary>Layers, settings and weights.</summary>
    Model,

    /// <summary>Weights of named layers in the model's order, as Keras 1 and 2 write them.</summary>
    Weights,

    /// <summary>Weights of layers that are named after their class and numbered in the model's order, such as
    /// <c>lstm_1</c>, as Keras 3 writes them.</summary>
    WeightsByClass,
}

/// <summary>A layer in a file of Keras.</summary>
/// <param name="Kind">Its class, such as <c>LSTM</c>; empty in a file of weights alone.</param>
/// <param name="Name">Its name.</param>
/// <param name="Settings">The arguments of its constructor, under the names that its version has for them: a JSON
/// object.</param>
/// <param name="Weights">Its arrays, in the order of the file.</param>
public sealed record KerasLayer(string Kind, string Name, JsonElement Settings, IReadOnlyList<KerasArray> Weights);

/// <summary>An array in a file of Keras.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements, row-major, rounded to float32.</param>
public sealed record KerasArray(string Name, IReadOnlyList<int> Shape, float[] Values)
{
    /// <summary>Name and shape, as in <c>kernel:0 [10, 40]</c>.</summary>
    /// <returns>The text, harmless to print whatever the name is.</returns>
    public override string ToString() => $"{ForeignText.Show(Name)} [{string.Join(", ", Shape)}]";
}
