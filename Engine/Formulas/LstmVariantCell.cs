using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>How a variant of the LSTM differs from the usual one.</summary>
/// <param name="HasPeepholes">Whether the gates see the cell state (Gers and Schmidhuber, 2000): i and f the old one, o the new one.</param>
/// <param name="Clip">The cell state is limited to [-Clip, Clip]; infinity or 0: to nothing.</param>
/// <param name="NormalizesCell">Whether the cell state that shows is normalised over all units first (Ba et al., 2016), outside the cell.</param>
public readonly record struct LstmVariant(Flag HasPeepholes, double Clip, Flag NormalizesCell)
{
    /// <summary>Whether the cell state is limited at all.</summary>
    internal bool IsClipped => Clip > 0 && !double.IsInfinity(Clip);

    /// <summary>Nothing differs.</summary>
    public static LstmVariant Usual => new(false, double.PositiveInfinity, false);
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
/// <typeparam name="TActivations">The activations: a type, so that those of the usual cell cost no choice in the inner loop.</typeparam>
/// <param name="variant">The variations.</param>
/// <param name="activations">The activations.</param>
public readonly struct LstmVariantCell<TActivations>(LstmVariant variant, TActivations activations) : ICell<LstmVariantCell<TActivations>>
    where TActivations : struct, ILstmActivations
{
    private readonly LstmVariant _variant = variant;
    private readonly TActivations _activations = activations;

    /// <inheritdoc/>
    public static string Name => "LstmVariant";

    /// <inheritdoc/>
    public static int SharedGates => 4;

    /// <inheritdoc/>
    public static int WeightCount => 3;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    public static bool NormalizesCell(in LstmVariantCell<TActivations> cell) => cell._variant.NormalizesCell;

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

        T forget = _activations.Gate(forgetSum);
        LstmFormula.Step(_variant, _activations, ref gates.A, forget, ref gates.C, ref gates.D, ref states, weights);
        gates.B = forget;
    }

    /// <inheritdoc/>
    /// <remarks>As of <see cref="LstmCell"/>, and with peepholes c' receives dz_o p_o, and c receives dz_i p_i + dz_f p_f; where the bound
    /// holds c', nothing passes.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in LstmVariantCell<TActivations> cell,
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
        T dc = LstmFormula.CellGradient(cell._variant, cell._activations, raw, ref gates.D, weights, gradient, ref weightGradient);

        gates.A = dc * g * cell._activations.GateSlope(i);
        gates.B = dc * before.C * cell._activations.GateSlope(f);
        gates.C = dc * i * cell._activations.CandidateSlope(g);
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
    public static T Output<T>(in LstmVariantCell<TActivations> cell, in Gates<T> gates, T normalized)
        where T : struct, IReal<T> => gates.D * cell._activations.Output(normalized);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OutputSlope<T>(in LstmVariantCell<TActivations> cell, ref Gates<T> gates, T normalized, T gradient)
        where T : struct, IReal<T> => LstmFormula.OutputSlope(cell._activations, ref gates.D, normalized, gradient);
}

/// <summary>An LSTM cell whose input and forget gates are coupled, f = 1 - i (Greff et al., 2017), with the variations of
/// <see cref="LstmVariant"/>; three gates in the order i, g, o.</summary>
/// <typeparam name="TActivations">The activations.</typeparam>
/// <param name="variant">The variations; there is no peephole to a forget gate.</param>
/// <param name="activations">The activations.</param>
public readonly struct CoupledLstmCell<TActivations>(LstmVariant variant, TActivations activations) : ICell<CoupledLstmCell<TActivations>>
    where TActivations : struct, ILstmActivations
{
    private readonly LstmVariant _variant = variant;
    private readonly TActivations _activations = activations;

    /// <inheritdoc/>
    public static string Name => "CoupledLstm";

    /// <inheritdoc/>
    public static int SharedGates => 3;

    /// <inheritdoc/>
    public static int WeightCount => 3;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    public static bool NormalizesCell(in CoupledLstmCell<TActivations> cell) => cell._variant.NormalizesCell;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        if (_variant.HasPeepholes)
            gates.A = T.MultiplyAdd(weights.A, states.C, gates.A);
        T forget = T.Of(1) - _activations.Gate(gates.A);
        LstmFormula.Step(_variant, _activations, ref gates.A, forget, ref gates.B, ref gates.C, ref states, weights);
    }

    /// <inheritdoc/>
    /// <remarks>As of <see cref="LstmVariantCell{TActivations}"/>, with di = dc (g - c).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in CoupledLstmCell<TActivations> cell,
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
        T dc = LstmFormula.CellGradient(cell._variant, cell._activations, raw, ref gates.C, weights, gradient, ref weightGradient);

        gates.A = dc * (g - before.C) * cell._activations.GateSlope(i);
        gates.B = dc * i * cell._activations.CandidateSlope(g);
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
    public static T Output<T>(in CoupledLstmCell<TActivations> cell, in Gates<T> gates, T normalized)
        where T : struct, IReal<T> => gates.C * cell._activations.Output(normalized);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T OutputSlope<T>(in CoupledLstmCell<TActivations> cell, ref Gates<T> gates, T normalized, T gradient)
        where T : struct, IReal<T> => LstmFormula.OutputSlope(cell._activations, ref gates.C, normalized, gradient);
}

/// <summary>What the variants of the LSTM have in common.</summary>
internal static class LstmFormula
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>From the sums of input gate, candidate and output gate, and the forget gate's value, to the states.</summary>
    [MethodImpl(Inline)]
    public static void Step<T, TActivations>(
        in LstmVariant variant,
        TActivations activations,
        ref T input,
        T forget,
        ref T candidate,
        ref T output,
        ref States<T> states,
        in UnitWeights<T> weights)
        where T : struct, IReal<T>
        where TActivations : struct, ILstmActivations
    {
        input = activations.Gate(input);
        candidate = activations.Candidate(candidate);
        states.C = Limit(variant, T.MultiplyAdd(forget, states.C, input * candidate));
        if (variant.HasPeepholes)
            output = T.MultiplyAdd(weights.C, states.C, output);
        output = activations.Gate(output);
        states.H = output * activations.Output(states.C);
    }

    /// <summary>The gradient of the cell state before its bound. The output gate becomes the gradient of its sum; if the cell state is normalised,
    /// it is that already.</summary>
    [MethodImpl(Inline)]
    public static T CellGradient<T, TActivations>(
        in LstmVariant variant,
        TActivations activations,
        T raw,
        ref T output,
        in UnitWeights<T> weights,
        in States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
        where TActivations : struct, ILstmActivations
    {
        T cell = Limit(variant, raw);
        T dc = gradient.C;
        if (!variant.NormalizesCell)
            dc += OutputSlope(activations, ref output, cell, gradient.H);
        if (variant.HasPeepholes)
        {
            dc = T.MultiplyAdd(output, weights.C, dc);
            weightGradient.C = output * cell;
        }

        if (!variant.IsClipped)
            return dc;
        T clip = T.Of(variant.Clip);
        return T.IfPositive((clip - raw) * (clip + raw), dc, T.Of(0));
    }

    /// <summary>The gradient of what the output gate lets through.</summary>
    [MethodImpl(Inline)]
    public static T OutputSlope<T, TActivations>(TActivations activations, ref T output, T cell, T gradient)
        where T : struct, IReal<T>
        where TActivations : struct, ILstmActivations
    {
        T shown = activations.Output(cell);
        T dCell = gradient * output * activations.OutputSlope(shown);
        output = gradient * shown * activations.GateSlope(output);
        return dCell;
    }

    [MethodImpl(Inline)]
    private static T Limit<T>(in LstmVariant variant, T x)
        where T : struct, IReal<T>
    {
        if (!variant.IsClipped)
            return x;
        T most = T.Of(variant.Clip);
        T least = T.Of(-variant.Clip);
        return T.IfPositive(x - most, most, T.IfPositive(least - x, least, x));
    }
}
