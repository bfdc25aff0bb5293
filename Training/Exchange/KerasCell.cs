using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The arrays of a recurrent cell of Keras, as those of a recurrent layer here.</summary>
/// <remarks>
/// <para>Keras has a gate's columns side by side in <c>kernel</c> [input, gates·units] and <c>recurrent_kernel</c>
/// [units, gates·units]; here they are rows. LSTM: i, f, c, o in both. GRU: z, r, h in Keras, r, z, n here.</para>
/// <para>Keras 1 has three arrays W, U, b for each gate, LSTM in the order i, c, f, o, GRU z, r, h.</para>
/// <para>Made for cuDNN, each gate's block of a kernel holds, row by row, the transposed matrix, in a shape that is
/// that of the others all the same.</para>
/// <para>There are two biases in a GRU with reset after, [2, 3·units], and in layers made for cuDNN, one behind the
/// other; else one. A layer here with two gets the one for the input, and 0 for the state; one with one gets the sum,
/// but for the GRU with reset after, whose two are not interchangeable.</para>
/// </remarks>
/// <param name="layer">The layer here.</param>
/// <param name="isForCudnn">Whether the arrays are laid out for cuDNN.</param>
internal sealed class KerasCell(RecurrentLayer layer, bool isForCudnn)
{
    private static readonly int[] _one = [0];
    private static readonly int[] _lstm = [0, 1, 2, 3];
    private static readonly int[] _lstmByGate = [0, 2, 1, 3];
    private static readonly int[] _gru = [1, 0, 2];

    private bool HasStateGate => layer is Gru { ResetAfter: true };

    /// <summary>The arrays of one direction.</summary>
    /// <param name="arrays">Kernel, recurrent kernel and perhaps bias; or those three for each gate.</param>
    /// <param name="suffix">What follows <c>weight_ih</c>, such as <c>_l0</c>.</param>
    /// <exception cref="FormatException">The arrays are not those of such a layer.</exception>
    public LayerArray[] Arrays(IReadOnlyList<KerasArray> arrays, string suffix) => (layer, arrays.Count) switch
    {
        (Lstm, 12) => Ordered(Joined(arrays), suffix, _lstmByGate),
        (Lstm, _) => Ordered(arrays, suffix, _lstm),
        (Gru, 9) => Ordered(Joined(arrays), suffix, _gru),
        (Gru, _) => Ordered(arrays, suffix, _gru),
        (SimpleRnn, _) => Ordered(arrays, suffix, _one),
        _ => throw new FormatException($"{layer.Name} has a cell of one's own, which Keras does not know"),
    };

    private LayerArray[] Ordered(IReadOnlyList<KerasArray> arrays, string suffix, int[] order)
    {
        int units = layer.Units;
        int rows = checked(order.Length * units);
        string expected = $"kernel [input, {rows}], recurrent kernel [{units}, {rows}] and perhaps bias [{rows}]";
        bool areThree = arrays.Count is 2 or 3
            && arrays[0].Shape.Count == 2
            && arrays[0].Shape[1] == rows
            && KerasWeights.IsShape(arrays[1], units, rows);
        KerasWeights.Expect(areThree, arrays, expected);

        LayerArray input = Gates($"weight_ih{suffix}", arrays[0], order);
        LayerArray hidden = Gates($"weight_hh{suffix}", arrays[1], order);
        if (arrays.Count == 2)
            return [input, hidden];

        KerasArray bias = arrays[2];
        bool hasTwo = KerasWeights.IsShape(bias, 2, rows) || KerasWeights.IsShape(bias, 2 * rows);
        KerasWeights.Expect(hasTwo || KerasWeights.IsShape(bias, rows), arrays, expected);
        if (layer is Gru && hasTwo != HasStateGate)
        {
            throw new FormatException(hasTwo
                ? "the two biases of a GRU with reset after, for a layer with reset before"
                : "the one bias of a GRU with reset before, for a layer with reset after");
        }

        if (HasStateGate && !layer.SeparateBiases)
            throw new FormatException("the two biases of a GRU with reset after, for a layer that has one");
        return [input, hidden, .. Biases(bias.Values, hasTwo, suffix, order)];
    }

    private LayerArray[] Biases(float[] bias, bool hasTwo, string suffix, int[] order)
    {
        int rows = order.Length * layer.Units;
        float[] input = Reordered(bias.AsSpan(0, rows), order);
        float[] hidden = hasTwo ? Reordered(bias.AsSpan(rows), order) : new float[rows];
        if (layer.SeparateBiases)
            return [new($"bias_ih{suffix}", [rows], input), new($"bias_hh{suffix}", [rows], hidden)];
        return [new($"bias_ih{suffix}", [rows], [.. input.Zip(hidden, (a, b) => a + b)])];
    }

    private LayerArray Gates(string parameter, KerasArray array, int[] order)
    {
        if (!isForCudnn)
            return KerasWeights.Rows(parameter, array, order);

        // Element (row, k) of a gate's matrix is number row · inputs + k of its block, counted along the block's rows.
        (int inputs, int columns) = (array.Shape[0], array.Shape[1]);
        int units = columns / order.Length;
        float[] values = new float[array.Values.Length];
        for (int k = 0; k < values.Length; k++)
        {
            int gate = k / (units * inputs);
            int inBlock = k % (units * inputs);
            values[k] = array.Values[inBlock / units * columns + order[gate] * units + inBlock % units];
        }

        return new(parameter, [columns, inputs], values);
    }

    private float[] Reordered(ReadOnlySpan<float> values, int[] order)
    {
        float[] reordered = new float[values.Length];
        for (int gate = 0; gate < order.Length; gate++)
            values.Slice(order[gate] * layer.Units, layer.Units).CopyTo(reordered.AsSpan(gate * layer.Units));
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
            bool areAlike = gates.All(gate => gate.Shape.Count == rank && gate.Shape.SequenceEqual(gates[0].Shape));
            KerasWeights.Expect(areAlike, arrays, "W, U and b of each gate");
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
}
