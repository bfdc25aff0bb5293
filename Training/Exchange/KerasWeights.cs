namespace MiniLstm.Training;

/// <summary>An array for a parameter of a layer here.</summary>
/// <param name="Parameter">The parameter's name within its layer, such as <c>weight_ih_l0</c>.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements, row-major.</param>
internal sealed record LayerArray(string Parameter, int[] Shape, float[] Values);

/// <summary>
/// From the arrays of Keras to those of PyTorch, which the layers here have: matrices are transposed, gates reordered,
/// and one bias becomes two.
/// </summary>
/// <remarks>
/// <para>Keras has a gate's columns side by side in <c>kernel</c> [input, gates·units] and <c>recurrent_kernel</c>
/// [units, gates·units]; here they are rows. LSTM: i, f, c, o in both. GRU: z, r, h in Keras, r, z, n here.</para>
/// <para>Keras 1 has three arrays W, U, b for each gate, LSTM in the order i, c, f, o, GRU z, r, h.</para>
/// <para>One bias [gates·units] is that of the input; the recurrent one is then 0. There are two in a GRU with reset
/// after, [2, 3·units], and in the layers that were made for cuDNN, one behind the other.</para>
/// </remarks>
internal static class KerasWeights
{
    private static readonly int[] _one = [0];
    private static readonly int[] _lstm = [0, 1, 2, 3];
    private static readonly int[] _lstmByGate = [0, 2, 1, 3];
    private static readonly int[] _gru = [1, 0, 2];

    /// <summary>The arrays of an LSTM: three or two of them, or the twelve of Keras 1.</summary>
    /// <param name="arrays">The arrays in the order of the file.</param>
    /// <param name="units">Length of the state.</param>
    /// <param name="suffix">What follows <c>weight_ih</c>, such as <c>_l0</c>.</param>
    /// <exception cref="FormatException">The arrays are not those of such a layer.</exception>
    public static LayerArray[] Lstm(IReadOnlyList<KerasArray> arrays, int units, string suffix) =>
        arrays.Count == 12 ? Recurrent(Joined(arrays), units, suffix, _lstmByGate) : Recurrent(arrays, units, suffix, _lstm);

    /// <summary>The arrays of a GRU: three or two of them, or the nine of Keras 1.</summary>
    /// <inheritdoc cref="Lstm"/>
    public static LayerArray[] Gru(IReadOnlyList<KerasArray> arrays, int units, string suffix) =>
        Recurrent(arrays.Count == 9 ? Joined(arrays) : arrays, units, suffix, _gru);

    /// <summary>The arrays of a simple recurrent layer.</summary>
    /// <inheritdoc cref="Lstm"/>
    public static LayerArray[] SimpleRnn(IReadOnlyList<KerasArray> arrays, int units, string suffix) =>
        Recurrent(arrays, units, suffix, _one);

    /// <summary>The arrays of a linear map.</summary>
    /// <param name="arrays">kernel [input, units] and, if it has one, bias [units].</param>
    /// <exception cref="FormatException">The arrays are not those of such a layer.</exception>
    public static LayerArray[] Dense(IReadOnlyList<KerasArray> arrays)
    {
        Expect(arrays.Count is 1 or 2 && arrays[0].Shape.Count == 2, arrays, "kernel [input, units] and perhaps bias [units]");
        int units = arrays[0].Shape[1];
        LayerArray weight = Gates("weight", arrays[0], _one);
        if (arrays.Count == 1)
            return [weight];

        Expect(IsShape(arrays[1], units), arrays, $"bias [{units}]");
        return [weight, new("bias", [units], arrays[1].Values)];
    }

    /// <summary>An array taken as it is.</summary>
    public static LayerArray Same(string parameter, KerasArray array) => new(parameter, [.. array.Shape], array.Values);

    private static LayerArray[] Recurrent(IReadOnlyList<KerasArray> arrays, int units, string suffix, int[] order)
    {
        int rows = checked(order.Length * units);
        string expected = $"kernel [input, {rows}], recurrent kernel [{units}, {rows}] and perhaps bias [{rows}]";
        Expect(arrays.Count is 2 or 3, arrays, expected);
        (KerasArray kernel, KerasArray recurrent) = (arrays[0], arrays[1]);
        Expect(kernel.Shape.Count == 2 && kernel.Shape[1] == rows && IsShape(recurrent, units, rows), arrays, expected);

        LayerArray input = Gates($"weight_ih{suffix}", kernel, order);
        LayerArray hidden = Gates($"weight_hh{suffix}", recurrent, order);
        if (arrays.Count == 2)
            return [input, hidden];

        KerasArray bias = arrays[2];
        bool hasTwo = IsShape(bias, 2, rows) || IsShape(bias, 2 * rows);
        Expect(hasTwo || IsShape(bias, rows), arrays, expected);
        float[] inputBias = Reordered(bias.Values.AsSpan(0, rows), units, order);
        float[] hiddenBias = hasTwo ? Reordered(bias.Values.AsSpan(rows), units, order) : new float[rows];
        return [input, hidden, new($"bias_ih{suffix}", [rows], inputBias), new($"bias_hh{suffix}", [rows], hiddenBias)];
    }

    // [input, gates * units] becomes [gates * units, input], the gates in another order.
    private static LayerArray Gates(string parameter, KerasArray array, int[] order)
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

    private static float[] Reordered(ReadOnlySpan<float> values, int units, int[] order)
    {
        float[] reordered = new float[values.Length];
        for (int gate = 0; gate < order.Length; gate++)
            values.Slice(order[gate] * units, units).CopyTo(reordered.AsSpan(gate * units));
        return reordered;
    }

    // W, U, b of the first gate, of the second, ...: each kind becomes one array, the gates side by side.
    private static KerasArray[] Joined(IReadOnlyList<KerasArray> arrays)
    {
        const int Kinds = 3;
        var joined = new KerasArray[Kinds];
        for (int kind = 0; kind < Kinds; kind++)
        {
            KerasArray[] gates = [.. arrays.Where((_, k) => k % Kinds == kind)];
            int rank = kind == Kinds - 1 ? 1 : 2;
            Expect(gates.All(gate => gate.Shape.Count == rank && gate.Shape.SequenceEqual(gates[0].Shape)), arrays, "W, U and b of each gate");
            joined[kind] = SideBySide(gates, rank);
        }

        return joined;
    }

    private static KerasArray SideBySide(KerasArray[] gates, int rank)
    {
        int units = gates[0].Shape[^1];
        int rows = rank == 1 ? 1 : gates[0].Shape[0];
        int columns = gates.Length * units;
        float[] values = new float[rows * columns];
        for (int gate = 0; gate < gates.Length; gate++)
        {
            for (int row = 0; row < rows; row++)
                gates[gate].Values.AsSpan(row * units, units).CopyTo(values.AsSpan(row * columns + gate * units));
        }

        return new(gates[0].Name, rank == 1 ? [columns] : [rows, columns], values);
    }

    private static bool IsShape(KerasArray array, params ReadOnlySpan<int> shape) => array.Shape.SequenceEqual(shape.ToArray());

    private static void Expect(bool condition, IReadOnlyList<KerasArray> arrays, string expected)
    {
        if (!condition)
            throw new FormatException($"expected the arrays {expected}, found {Describe(arrays)}");
    }

    private static string Describe(IReadOnlyList<KerasArray> arrays) =>
        arrays.Count == 0 ? "none" : string.Join(", ", arrays.Take(4)) + (arrays.Count > 4 ? $" and {arrays.Count - 4} more" : "");
}
