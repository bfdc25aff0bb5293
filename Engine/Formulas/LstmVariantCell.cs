using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>How a variant of the LSTM differs from the usual one.</summary>
/// <param name="Gate">What the gates apply to their sums.</param>
/// <param name="Candidate">What the candidate applies to its sum.</param>
/// <param name="Output">What is applied to the cell state that shows.</param>
/// <param name="HasPeepholes">Whether the gates see the cell state (Gers and Schmidhuber, 2000): i and f the old one, o the new one.</param>
/// <param name="Clip">The cell state is limited to [-Clip, Clip]; infinity: to nothing.</param>
/// <param name="NormalizesCell">Whether the cell state that shows is normalised over all units first (Ba et al., 2016), outside the cell.</param>
public readonly record struct LstmVariant(
    CellActivation Gate, CellActivation Candidate, CellActivation Output, bool HasPeepholes, double Clip, bool NormalizesCell)
{
    /// <summary>Sigmoid and tanh, and nothing else: computes what <see cref="LstmCell"/> does.</summary>
    public static LstmVariant Usual => new(CellActivation.Sigmoid, CellActivation.Tanh, CellActivation.Tanh, false, double.PositiveInfinity, false);
}

/// <summary>The LSTM cell with the variations of <see cref="LstmVariant"/>, gates in the order i, f, g, o.</summary>
/// <remarks>
/// <code>
/// i = gate(z_i + p_i c)
/// f = gate(z_f + p_f c)
/// g = candidate(z_g)
/// c' = clip(f c + i g)
/// o = gate(z_o + p_o c')
/// h' = o output(c')
/// </code>
/// </remarks>
/// <param name="variant">The variations.</param>
public readonly struct LstmVariantCell(LstmVariant variant) : ICell<LstmVariantCell>
{
    private readonly LstmVariant _variant = variant;

    /// <inheritdoc/>
    public static string Name => "LstmVariant";

    /// <inheritdoc/>
    public static int SharedGates => 4;

    /// <inheritdoc/>
    public static int WeightCount => 3;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        T forgetSum = gates.B;
        if (_variant.HasPeepholes)
        {
            gates.A = T.MultiplyAdd(weights.A, states.C, gates.A);
            forgetSum = T.MultiplyAdd(weights.B, states.C, forgetSum);
        }

        T forget = Activations.Value(_variant.Gate, forgetSum);
        LstmFormula.Step(_variant, ref gates.A, forget, ref gates.C, ref gates.D, ref states, weights);
        gates.B = forget;
    }

    /// <inheritdoc/>
    /// <remarks>As of <see cref="LstmCell"/>, and with peepholes c' receives dz_o p_o, and c receives dz_i p_i + dz_f p_f; where the bound
    /// holds c', nothing passes.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in LstmVariantCell cell,
        ref Gates<T> gates,
        in States<T> before,
        in UnitWeights<T> weights,
        ref States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        T i = gates.A;
        T f = gates.B;
        T g = gates.C;
        T raw = T.MultiplyAdd(f, before.C, i * g);
        T dc = LstmFormula.CellGradient(cell._variant, raw, ref gates.D, weights, gradient, ref weightGradient);

        gates.A = dc * g * Activations.Slope(cell._variant.Gate, i);
        gates.B = dc * before.C * Activations.Slope(cell._variant.Gate, f);
        gates.C = dc * i * Activations.Slope(cell._variant.Candidate, g);
        gradient.H = T.Of(0);
        gradient.C = dc * f;
        if (!cell._variant.HasPeepholes)
            return;
        gradient.C = T.MultiplyAdd(gates.A, weights.A, T.MultiplyAdd(gates.B, weights.B, gradient.C));
        weightGradient.A = gates.A * before.C;
        weightGradient.B = gates.B * before.C;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Output<T>(in LstmVariantCell cell, in Gates<T> gates, T normalized)
        where T : struct, IReal<T> => gates.D * Activations.Value(cell._variant.Output, normalized);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OutputSlope<T>(in LstmVariantCell cell, ref Gates<T> gates, T normalized, T gradient)
        where T : struct, IReal<T> => LstmFormula.OutputSlope(cell._variant, ref gates.D, normalized, gradient);
}

/// <summary>An LSTM cell whose input and forget gates are coupled, f = 1 - i (Greff et al., 2017), with the variations of
/// <see cref="LstmVariant"/>; three gates in the order i, g, o.</summary>
/// <param name="variant">The variations; there is no peephole to a forget gate.</param>
public readonly struct CoupledLstmCell(LstmVariant variant) : ICell<CoupledLstmCell>
{
    private readonly LstmVariant _variant = variant;

    /// <inheritdoc/>
    public static string Name => "CoupledLstm";

    /// <inheritdoc/>
    public static int SharedGates => 3;

    /// <inheritdoc/>
    public static int WeightCount => 3;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        if (_variant.HasPeepholes)
            gates.A = T.MultiplyAdd(weights.A, states.C, gates.A);
        T forget = T.Of(1) - Activations.Value(_variant.Gate, gates.A);
        LstmFormula.Step(_variant, ref gates.A, forget, ref gates.B, ref gates.C, ref states, weights);
    }

    /// <inheritdoc/>
    /// <remarks>As of <see cref="LstmVariantCell"/>, with di = dc (g - c).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in CoupledLstmCell cell,
        ref Gates<T> gates,
        in States<T> before,
        in UnitWeights<T> weights,
        ref States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        T i = gates.A;
        T g = gates.B;
        T f = T.Of(1) - i;
        T raw = T.MultiplyAdd(f, before.C, i * g);
        T dc = LstmFormula.CellGradient(cell._variant, raw, ref gates.C, weights, gradient, ref weightGradient);

        gates.A = dc * (g - before.C) * Activations.Slope(cell._variant.Gate, i);
        gates.B = dc * i * Activations.Slope(cell._variant.Candidate, g);
        gradient.H = T.Of(0);
        gradient.C = dc * f;
        if (!cell._variant.HasPeepholes)
            return;
        gradient.C = T.MultiplyAdd(gates.A, weights.A, gradient.C);
        weightGradient.A = gates.A * before.C;
        weightGradient.B = T.Of(0);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Output<T>(in CoupledLstmCell cell, in Gates<T> gates, T normalized)
        where T : struct, IReal<T> => gates.C * Activations.Value(cell._variant.Output, normalized);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OutputSlope<T>(in CoupledLstmCell cell, ref Gates<T> gates, T normalized, T gradient)
        where T : struct, IReal<T> => LstmFormula.OutputSlope(cell._variant, ref gates.C, normalized, gradient);
}

/// <summary>What the variants of the LSTM have in common.</summary>
internal static class LstmFormula
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>From the sums of input gate, candidate and output gate, and the forget gate's value, to the states.</summary>
    [MethodImpl(Inline)]
    public static void Step<T>(
        in LstmVariant variant, ref T input, T forget, ref T candidate, ref T output, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        input = Activations.Value(variant.Gate, input);
        candidate = Activations.Value(variant.Candidate, candidate);
        states.C = Limit(variant.Clip, T.MultiplyAdd(forget, states.C, input * candidate));
        if (variant.HasPeepholes)
            output = T.MultiplyAdd(weights.C, states.C, output);
        output = Activations.Value(variant.Gate, output);
        states.H = output * Activations.Value(variant.Output, states.C);
    }

    /// <summary>The gradient of the cell state before its bound. The output gate becomes the gradient of its sum; if the cell state is normalised,
    /// it is that already.</summary>
    [MethodImpl(Inline)]
    public static T CellGradient<T>(
        in LstmVariant variant,
        T raw,
        ref T output,
        in UnitWeights<T> weights,
        in States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        T cell = Limit(variant.Clip, raw);
        T dc = gradient.C;
        if (!variant.NormalizesCell)
            dc += OutputSlope(variant, ref output, cell, gradient.H);
        if (variant.HasPeepholes)
        {
            dc = T.MultiplyAdd(output, weights.C, dc);
            weightGradient.C = output * cell;
        }

        if (double.IsInfinity(variant.Clip))
            return dc;
        T clip = T.Of(variant.Clip);
        return T.IfPositive((clip - raw) * (clip + raw), dc, T.Of(0));
    }

    /// <summary>The gradient of what the output gate lets through.</summary>
    [MethodImpl(Inline)]
    public static T OutputSlope<T>(in LstmVariant variant, ref T output, T cell, T gradient)
        where T : struct, IReal<T>
    {
        T shown = Activations.Value(variant.Output, cell);
        T dCell = gradient * output * Activations.Slope(variant.Output, shown);
        output = gradient * shown * Activations.Slope(variant.Gate, output);
        return dCell;
    }

    [MethodImpl(Inline)]
    private static T Limit<T>(double clip, T x)
        where T : struct, IReal<T>
    {
        if (double.IsInfinity(clip))
            return x;
        T most = T.Of(clip);
        T least = T.Of(-clip);
        return T.IfPositive(x - most, most, T.IfPositive(least - x, least, x));
    }
}
