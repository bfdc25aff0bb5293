using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>Hidden and cell state of some rows, or their gradients; absent ones are 0.</summary>
internal readonly record struct StateViews(ArrayView<float> H, ArrayView<float> C);

/// <summary>The pointwise part of one time step: one thread a unit and row.</summary>
internal readonly struct StepKernel<TCell>(
    TCell cell, ArrayView<float> gates, StateViews before, ArrayView<float> weights, StateViews after, int units) : IElementKernel
    where TCell : struct, ICell<TCell>
{
    /// <summary>Units of the layer.</summary>
    public int Units => units;

    public void Run(int i) => Finish(i, i, i, Sums(i));

    /// <summary>The sums of an element, to which a product may be added before <see cref="Finish"/>.</summary>
    /// <param name="i">Its number.</param>
    /// <returns>The sums.</returns>
    public Gates<Float32> Sums(int i) => CellValues<TCell>.LoadGates(gates, CellValues<TCell>.FirstGate(i, units), units);

    /// <summary>Writes what the derivative starts from: what the cell made of the sums, or the sums.</summary>
    /// <param name="i">The element's number.</param>
    /// <param name="kept">It.</param>
    public void Keep(int i, Gates<Float32> kept) => CellValues<TCell>.StoreGates(gates, CellValues<TCell>.FirstGate(i, units), units, kept);

    /// <summary>The cell itself.</summary>
    /// <param name="i">The element's number.</param>
    /// <param name="placeBefore">Its number among the states before the step.</param>
    /// <param name="placeAfter">Its number among those after it.</param>
    /// <param name="sums">Its sums.</param>
    public void Finish(int i, int placeBefore, int placeAfter, Gates<Float32> sums)
    {
        States<Float32> states = CellValues<TCell>.LoadStates(before, placeBefore);

        cell.Step(ref sums, ref states, CellValues<TCell>.LoadWeights(weights, i % units, units));

        if (TCell.KeepsActivations)
            Keep(i, sums);
        after.H[placeAfter] = states.H.Value;
        if (after.C.IntLength > 0)
            after.C[placeAfter] = states.C.Value;
    }
}

/// <summary>The derivative of <see cref="StepKernel{TCell}"/>; the gradients of the units' own weights are put down for each row, [rows, weights,
/// units], to be summed.</summary>
internal readonly struct StepSlopeKernel<TCell>(
    TCell cell,
    ArrayView<float> gates,
    StateViews before,
    ArrayView<float> weights,
    StateViews gradient,
    StateViews gradientBefore,
    ArrayView<float> weightGradients,
    int units,
    Flag addsCell) : IElementKernel
    where TCell : struct, ICell<TCell>
{
    /// <summary>Units of the layer.</summary>
    public int Units => units;

    public void Run(int i) => Finish(i, i, i, new() { H = new(HiddenGradient(i)), C = new(CellGradient(i)) });

    /// <summary>The gradient of a hidden state after the step, to which a product may be added before <see cref="Finish"/>.</summary>
    /// <param name="place">Its number.</param>
    public float HiddenGradient(int place) => gradient.H.IntLength > 0 ? gradient.H[place] : 0;

    /// <summary>The gradient of a cell state after the step.</summary>
    /// <param name="place">Its number.</param>
    public float CellGradient(int place) => gradient.C.IntLength > 0 ? gradient.C[place] : 0;

    /// <summary>The derivative of the cell itself.</summary>
    /// <param name="i">The element's number.</param>
    /// <param name="placeBefore">Its number among the states before the step, and among the gradients of hidden ones.</param>
    /// <param name="cellPlaceBefore">Its number among the gradients of cell states before the step.</param>
    /// <param name="slope">The gradients of its states after the step.</param>
    public void Finish(int i, int placeBefore, int cellPlaceBefore, States<Float32> slope)
    {
        int unit = i % units;
        int first = CellValues<TCell>.FirstGate(i, units);
        Gates<Float32> kept = CellValues<TCell>.LoadGates(gates, first, units);
        UnitWeights<Float32> weightSlope = default;

        TCell.Slope(
            cell,
            ref kept,
            CellValues<TCell>.LoadStates(before, placeBefore),
            CellValues<TCell>.LoadWeights(weights, unit, units),
            ref slope,
            ref weightSlope);

        CellValues<TCell>.StoreGates(gates, first, units, kept);
        if (gradientBefore.H.IntLength > 0)
            gradientBefore.H[placeBefore] += slope.H.Value;
        if (gradientBefore.C.IntLength > 0)
            Result.Put(ref gradientBefore.C[cellPlaceBefore], slope.C.Value, addsCell);
        CellValues<TCell>.StoreWeights(weightGradients, i / units * TCell.WeightCount * units + unit, units, weightSlope);
    }
}

/// <summary>The reset gate before the recurrent product: the first gate becomes r, to = r h.</summary>
internal readonly struct ResetKernel<TCell>(TCell cell, ArrayView<float> gates, ArrayView<float> h, ArrayView<float> to, int units) : IElementKernel
    where TCell : struct, ICell<TCell>
{
    public void Run(int i)
    {
        int gate = CellValues<TCell>.FirstGate(i, units);
        Float32 reset = TCell.Reset(cell, new Float32(gates[gate]));
        gates[gate] = reset.Value;
        to[i] = reset.Value * h[i];
    }
}

/// <summary>Its derivative: with d the gradient of r h, the first gate becomes d h r', and dh += d r.</summary>
internal readonly struct ResetSlopeKernel<TCell>(
    TCell cell, ArrayView<float> gates, ArrayView<float> h, ArrayView<float> gradient, ArrayView<float> dh, int units) : IElementKernel
    where TCell : struct, ICell<TCell>
{
    public void Run(int i)
    {
        int gate = CellValues<TCell>.FirstGate(i, units);
        Float32 reset = new(gates[gate]);
        dh[i] += gradient[i] * reset.Value;
        gates[gate] = gradient[i] * h[i] * TCell.ResetSlope(cell, reset).Value;
    }
}

/// <summary>The hidden state from the kept gates and the normalised cell state.</summary>
internal readonly struct ShowCellKernel<TCell>(
    TCell cell, ArrayView<float> gates, ArrayView<float> normalized, ArrayView<float> h, int units) : IElementKernel
    where TCell : struct, ICell<TCell>
{
    public void Run(int i)
    {
        int first = CellValues<TCell>.FirstGate(i, units);
        Gates<Float32> kept = CellValues<TCell>.LoadGates(gates, first, units);
        h[i] = TCell.Output(cell, kept, new Float32(normalized[i])).Value;
    }
}

/// <summary>Its derivative: the output gate becomes the gradient of its sum.</summary>
internal readonly struct ShowCellSlopeKernel<TCell>(
    TCell cell, ArrayView<float> gates, ArrayView<float> normalized, ArrayView<float> gradient, ArrayView<float> dNormalized, int units) : IElementKernel
    where TCell : struct, ICell<TCell>
{
    public void Run(int i)
    {
        int first = CellValues<TCell>.FirstGate(i, units);
        Gates<Float32> kept = CellValues<TCell>.LoadGates(gates, first, units);
        dNormalized[i] = TCell.OutputSlope(cell, ref kept, new Float32(normalized[i]), new Float32(gradient[i])).Value;
        CellValues<TCell>.StoreGates(gates, first, units, kept);
    }
}

/// <summary>Where the values of a unit lie: a row of gates holds the first gate of all units, then the second of all units, and so on.</summary>
internal static class CellValues<TCell>
    where TCell : struct, ICell<TCell>
{
    /// <summary>Where the first gate of an element [row, unit] lies.</summary>
    public static int FirstGate(int i, int units) => i / units * units * CellSizes<TCell>.Gates + i % units;

    public static Gates<Float32> LoadGates(ArrayView<float> gates, int first, int units)
    {
        Gates<Float32> loaded = default;
        loaded.A = new(gates[first]);
        if (CellSizes<TCell>.Gates > 1)
            loaded.B = new(gates[first + units]);
        if (CellSizes<TCell>.Gates > 2)
            loaded.C = new(gates[first + 2 * units]);
        if (CellSizes<TCell>.Gates > 3)
            loaded.D = new(gates[first + 3 * units]);
        return loaded;
    }

    public static void StoreGates(ArrayView<float> gates, int first, int units, Gates<Float32> values)
    {
        gates[first] = values.A.Value;
        if (CellSizes<TCell>.Gates > 1)
            gates[first + units] = values.B.Value;
        if (CellSizes<TCell>.Gates > 2)
            gates[first + 2 * units] = values.C.Value;
        if (CellSizes<TCell>.Gates > 3)
            gates[first + 3 * units] = values.D.Value;
    }

    public static States<Float32> LoadStates(StateViews states, int i)
    {
        States<Float32> loaded = default;
        if (states.H.IntLength > 0)
            loaded.H = new(states.H[i]);
        if (states.C.IntLength > 0)
            loaded.C = new(states.C[i]);
        return loaded;
    }

    public static UnitWeights<Float32> LoadWeights(ArrayView<float> weights, int unit, int units)
    {
        UnitWeights<Float32> loaded = default;
        if (weights.IntLength == 0)
            return loaded;
        loaded.A = new(weights[unit]);
        if (TCell.WeightCount > 1)
            loaded.B = new(weights[units + unit]);
        if (TCell.WeightCount > 2)
            loaded.C = new(weights[2 * units + unit]);
        return loaded;
    }

    public static void StoreWeights(ArrayView<float> weights, int first, int units, UnitWeights<Float32> values)
    {
        if (weights.IntLength == 0)
            return;
        weights[first] = values.A.Value;
        if (TCell.WeightCount > 1)
            weights[first + units] = values.B.Value;
        if (TCell.WeightCount > 2)
            weights[first + 2 * units] = values.C.Value;
    }
}
