using PureHDF;

namespace MiniLstm.Tests;

/// <summary>Files as Keras writes them, made here: layouts of which no genuine one is at hand.</summary>
internal static class KerasHdf5Files
{
    /// <summary>Weights as Keras 3 has them, each array filled with its number.</summary>
    public static H5File ByClass() => new()
    {
        ["layers"] = new H5Group
        {
            ["bidirectional"] = new H5Group
            {
                ["forward_layer"] = Cell(0),
                ["backward_layer"] = Cell(3),
                ["vars"] = new H5Group(),
            },
            ["dense"] = new H5Group { ["vars"] = Variables(6, [8, 2], [2]) },
            ["dropout"] = new H5Group
            {
                ["seed_generator"] = new H5Group { ["vars"] = new H5Group { ["0"] = new uint[] { 1, 2 } } },
                ["vars"] = new H5Group(),
            },
        },
        ["optimizer"] = new H5Group { ["vars"] = new H5Group { ["0"] = new long[] { 1 } } },
        ["vars"] = new H5Group(),
    };

    /// <summary>A layer of Keras 3 with these arrays.</summary>
    public static H5Group Layer(params (string Name, int[] Shape, float[] Values)[] arrays)
    {
        var variables = new H5Group();
        foreach ((string name, int[] shape, float[] values) in arrays)
            variables[name] = new H5Dataset(values, fileDims: [.. shape.Select(size => (ulong)size)]);
        return new() { ["vars"] = variables };
    }

    private static H5Group Cell(int first) => new()
    {
        ["cell"] = new H5Group { ["vars"] = Variables(first, [3, 16], [4, 16], [16]) },
        ["vars"] = new H5Group(),
    };

    private static H5Group Variables(int first, params int[][] shapes)
    {
        var group = new H5Group();
        for (int k = 0; k < shapes.Length; k++)
        {
            float[] values = new float[shapes[k].Aggregate(1, (product, size) => product * size)];
            values.AsSpan().Fill(first + k);
            group[$"{k}"] = new H5Dataset(values, fileDims: [.. shapes[k].Select(size => (ulong)size)]);
        }

        return group;
    }
}
