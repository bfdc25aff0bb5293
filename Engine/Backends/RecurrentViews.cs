namespace MiniLstm.Engine;

/// <summary>Everything that a recurrent layer over all time steps reads and writes.</summary>
/// <remarks>
/// <para>T time steps, B batch rows, H units, P hidden features (H unless there is a projection), G gate columns a unit, of which the recurrent
/// product feeds the first R. N rows of work: T B, or fewer where <see cref="Rows"/> packs the steps that count.</para>
/// <para>A trajectory has T + 1 slots. Slot 0 is the initial state and slot t + 1 the state after step t; reversed, slot T is the initial state and
/// slot t the state after step t.</para>
/// </remarks>
public readonly record struct RecurrentViews
{
    /// <summary>[T, B, G H] or [N, G H]. Forward in: the sums of the input product and all biases, unless they are in <see cref="Table"/>.
    /// Forward out: what the cell keeps for backward. Backward out: the gradients of the sums.</summary>
    public required View Gates { get; init; }

    /// <summary>[ids, G H]: the sums, one row for each id; absent: they are in the gates.</summary>
    public View Table { get; init; }

    /// <summary>[T, B] or [N]: which row of the table each step begins with.</summary>
    public View Tokens { get; init; }

    /// <summary>[R H, P]: the recurrent weight U.</summary>
    public required View Weight { get; init; }

    /// <summary>[T + 1, B, P]: the hidden states.</summary>
    public required View H { get; init; }

    /// <summary>[T + 1, B, H]: the cell states; absent for cells of one state.</summary>
    public View C { get; init; }

    /// <summary>H.</summary>
    public required int Units { get; init; }

    /// <summary>Whether time runs backwards.</summary>
    public bool Reversed { get; init; }

    /// <summary>The steps that count; null if all do.</summary>
    public SequenceRows? Rows { get; init; }

    /// <summary>[weights, H]: the units' own weights; absent: zeros.</summary>
    public View UnitWeights { get; init; }

    /// <summary>[B, P]: what the hidden state is multiplied by before the recurrent product, the same at all steps; absent: 1.</summary>
    public View Factors { get; init; }

    /// <summary>[N, P], as many axes as <see cref="Gates"/> has: the share of the old hidden state that stays (zoneout); absent: 0.</summary>
    public View HiddenKeep { get; init; }

    /// <summary>[N, H]: the share of the old cell state that stays (zoneout); absent: 0.</summary>
    public View CellKeep { get; init; }

    /// <summary>[P, H]: the projection of what the cell puts out to the hidden state; absent: none, and P is H.</summary>
    public View Projection { get; init; }

    /// <summary>[N, H]: what the cell put out, before the projection, for backward.</summary>
    public View Unprojected { get; init; }

    /// <summary>[R H]: the gain of the normalised recurrent sums (Ba et al., 2016); absent: they are not normalised.</summary>
    public View RecurrentGain { get; init; }

    /// <summary>[N, R H]: the normalised recurrent sums, for backward, which puts the gradients of the recurrent sums in their place.</summary>
    public View Normalized { get; init; }

    /// <summary>[2, N]: their inverse deviations; the second row for the columns that a reset before the product keeps apart.</summary>
    public View NormalizedScales { get; init; }

    /// <summary>[H]: the gain of the normalised cell state; absent: it is not normalised.</summary>
    public View CellGain { get; init; }

    /// <summary>[H]: its shift.</summary>
    public View CellShift { get; init; }

    /// <summary>[N, H]: the normalised cell state, for backward.</summary>
    public View NormalizedCells { get; init; }

    /// <summary>[N, H]: the same with gain and shift, for backward.</summary>
    public View ShownCells { get; init; }

    /// <summary>[N]: its inverse deviations.</summary>
    public View CellScales { get; init; }

    /// <summary>ε of both normalisations.</summary>
    public double Epsilon { get; init; }

    /// <summary>T, padding included.</summary>
    public int Time => H.Shape[0] - 1;

    /// <summary>B.</summary>
    public int Batch => H.Shape[1];

    /// <summary>P.</summary>
    public int Features => H.Shape[2];

    /// <summary>N.</summary>
    public long Count => Gates.Rows;

    /// <summary>How many steps run: T, or the length of the longest sequence.</summary>
    public int Steps => Rows?.Steps ?? Time;

    /// <summary>The rows of one step.</summary>
    /// <param name="step">Which, in the order that they run in, from 0.</param>
    /// <returns>The first row and how many.</returns>
    public (int Start, int Count) RowsOf(int step) => Rows is null
        ? ((Reversed ? Time - 1 - step : step) * Batch, Batch)
        : (Rows.Starts[step], Rows.Starts[step + 1] - Rows.Starts[step]);
}

/// <summary>Where the derivative of a recurrent layer finds and leaves gradients. Those that are added to are absent if not wanted.</summary>
public readonly record struct RecurrentGradients
{
    /// <summary>[T + 1, B, P]. In: the gradient that reaches each hidden state from outside. Out: the slot of the initial state holds its
    /// gradient, the others are undefined.</summary>
    public required View H { get; init; }

    /// <summary>[T + 1, B, H]: likewise for the cell states; absent for cells of one state. Or [1, B, H] where nothing reaches them from outside
    /// and none of the old state stays: zeros in, the gradient of the initial state out, carried back through time in place.</summary>
    public View C { get; init; }

    /// <summary>Whether the gradient of the cell state is carried in one slot.</summary>
    public bool CarriesCell => C.Exists && C.Shape[0] == 1;

    /// <summary>[R H, P]: added to.</summary>
    public View Weight { get; init; }

    /// <summary>[weights, H]: added to.</summary>
    public View UnitWeights { get; init; }

    /// <summary>[P, H]: added to.</summary>
    public View Projection { get; init; }

    /// <summary>[R H]: added to.</summary>
    public View RecurrentGain { get; init; }

    /// <summary>[H]: added to.</summary>
    public View CellGain { get; init; }

    /// <summary>[H]: added to.</summary>
    public View CellShift { get; init; }
}
