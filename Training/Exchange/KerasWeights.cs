using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>An array for a parameter of a layer here.</summary>
/// <param name="Parameter">The parameter's name within its layer, such as <c>weight_ih_l0</c>.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements, row-major.</param>
internal sealed record LayerArray(string Parameter, int[] Shape, float[] Values);

/// <summary>From the arrays of Keras to those of PyTorch, which the layers here have: matrices are transposed and gates
/// reordered.</summary>
internal static class KerasWeights
{
    private static readonly int[] _one = [0];

    /// <summary>The arrays of a recurrent layer, of one direction or of both, forward first.</summary>
    /// <param name="arrays">The arrays in the order of the file.</param>
    /// <param name="layer">The layer here.</param>
    /// <param name="isForCudnn">Whether they are laid out for cuDNN.</param>
    /// <exception cref="FormatException">The arrays are not those of such a layer.</exception>
    public static LayerArray[] Recurrent(IReadOnlyList<KerasArray> arrays, RecurrentLayer layer, bool isForCudnn)
    {
        if (layer.Layers > 1)
            throw new FormatException($"the arrays of one layer for {layer.Layers} stacked ones");
        var cell = new KerasCell(layer, isForCudnn);
        if (layer.Direction != Direction.Bidirectional)
            return cell.Arrays(arrays, layer.Direction == Direction.Backward ? "_l0_reverse" : "_l0");

        Expect(arrays.Count % 2 == 0, arrays, "of two directions");
        int half = arrays.Count / 2;
        return [.. cell.Arrays([.. arrays.Take(half)], "_l0"), .. cell.Arrays([.. arrays.Skip(half)], "_l0_reverse")];
    }

    /// <summary>The arrays of a linear map.</summary>
    /// <param name="arrays">kernel [input, units] and, if it has one, bias [units].</param>
    /// <exception cref="FormatException">The arrays are not those of such a layer.</exception>
    public static LayerArray[] Dense(IReadOnlyList<KerasArray> arrays)
    {
        bool isOne = arrays.Count is 1 or 2 && arrays[0].Shape.Count == 2;
        Expect(isOne, arrays, "kernel [input, units] and perhaps bias [units]");
        int units = arrays[0].Shape[1];
        LayerArray weight = Rows("weight", arrays[0], _one);
        if (arrays.Count == 1)
            return [weight];

        Expect(IsShape(arrays[1], units), arrays, $"bias [{units}]");
        return [weight, new("bias", [units], arrays[1].Values)];
    }

    /// <summary>An array taken as it is.</summary>
    public static LayerArray Same(string parameter, KerasArray array) => new(parameter, [.. array.Shape], array.Values);

    /// <summary>[input, gates · units] becomes [gates · units, input], the gates in another order.</summary>
    /// <param name="parameter">The name of the result.</param>
    /// <param name="array">The array.</param>
    /// <param name="order">For each gate here, which it is there.</param>
    public static LayerArray Rows(string parameter, KerasArray array, int[] order)
    {
        (int inputs, int columns) = (array.Shape[0], array.Shape[1]);
        int units = columns / order.Length;
        float[] values = new float[array.Values.Length];
        for (int row = 0; row < columns; row++)
        {
            int column = order[row / units] * units + row % units;
            for (int k = 0; k < inputs; k++)
                values[row * inputs + k] = array.Values[k * columns + column];
        }

        return new(parameter, [columns, inputs], values);
    }

    /// <summary>Whether an array has exactly these sizes.</summary>
    public static bool IsShape(KerasArray array, params ReadOnlySpan<int> shape) =>
        array.Shape.SequenceEqual(shape.ToArray());

    /// <summary>Refuses arrays, unless a condition holds.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public static void Expect(bool condition, IReadOnlyList<KerasArray> arrays, string expected)
    {
        if (condition)
            return;
        string found = arrays.Count == 0 ? "none" : string.Join(", ", arrays.Take(4));
        string more = arrays.Count > 4 ? $" and {arrays.Count - 4} more" : "";
        throw new FormatException($"expected the arrays {expected}, found {found}{more}");
    }
}
