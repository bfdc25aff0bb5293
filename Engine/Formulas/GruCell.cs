using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>
/// The gated recurrent unit (Cho et al., 2014) whose reset gate acts after the recurrent product, as in PyTorch, cuDNN, and Keras with
/// reset_after. Columns: r, z, the state's part of n, the input's part of n.
/// </summary>
/// <remarks>
/// With the sums z_r and z_z, and those of the candidate kept apart as s = U_n h + b'_n and x = W_n x + b_n:
/// <code>
/// r = gate(z_r)               the reset gate: how much of the state the candidate sees
/// z = gate(z_z)               the update gate: how much of the state stays
/// n = candidate(x + r s)      the candidate
/// h' = (1 - z) n + z h        the hidden state
/// </code>
/// </remarks>
/// <param name="gate">What the gates apply to their sums; usually the sigmoid.</param>
/// <param name="candidate">What the candidate applies to its sum; usually tanh.</param>
public readonly struct GruCell(CellActivation gate, CellActivation candidate) : ICell<GruCell>
{
    private readonly CellActivation _gate = gate;
    private readonly CellActivation _candidate = candidate;

    /// <inheritdoc/>
    public static string Name => "Gru";

    /// <inheritdoc/>
    public static int SharedGates => 2;

    /// <inheritdoc/>
    public static int StateGates => 1;

    /// <inheritdoc/>
    public static int InputGates => 1;

    /// <inheritdoc/>
    public static int StateCount => 1;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        gates.A = Activations.Value(_gate, gates.A);
        gates.B = Activations.Value(_gate, gates.B);
        gates.D = Activations.Value(_candidate, T.MultiplyAdd(gates.A, gates.C, gates.D));
        states.H = T.MultiplyAdd(gates.B, states.H - gates.D, gates.D);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// With d the gradient of h', and a = x + r s:
    /// <code>
    /// h' = n + z (h - n)  gives  dn = d (1 - z),  dz = d (h - n),  and h receives d z
    /// n = candidate(a)    gives  da = dn candidate'(a)
    /// a = x + r s         gives  dx = da,  ds = da r,  dr = da s
    /// </code>
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in GruCell cell, ref Gates<T> gates, in States<T> before, in UnitWeights<T> weights, ref States<T> gradient, ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        T r = gates.A;
        T z = gates.B;
        T s = gates.C;
        T n = gates.D;
        T d = gradient.H;
        T da = d * (T.Of(1) - z) * Activations.Slope(cell._candidate, n);

        gates.A = da * s * Activations.Slope(cell._gate, r);
        gates.B = d * (before.H - n) * Activations.Slope(cell._gate, z);
        gates.C = da * r;
        gates.D = da;
        gradient.H = d * z;
    }
}

/// <summary>
/// The gated recurrent unit as first published (Cho et al., 2014), and in Keras without reset_after: the reset gate acts on the state before the
/// recurrent product, n = candidate(W_n x + U_n (r h) + b_n). Columns: r, z, n.
/// </summary>
/// <param name="gate">What the gates apply to their sums; usually the sigmoid.</param>
/// <param name="candidate">What the candidate applies to its sum; usually tanh.</param>
public readonly struct GruResetBeforeCell(CellActivation gate, CellActivation candidate) : ICell<GruResetBeforeCell>
{
    private readonly CellActivation _gate = gate;
    private readonly CellActivation _candidate = candidate;

    /// <inheritdoc/>
    public static string Name => "GruResetBefore";

    /// <inheritdoc/>
    public static int SharedGates => 3;

    /// <inheritdoc/>
    public static int StateCount => 1;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    public static bool ResetsBefore => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        gates.B = Activations.Value(_gate, gates.B);
        gates.C = Activations.Value(_candidate, gates.C);
        states.H = T.MultiplyAdd(gates.B, states.H - gates.C, gates.C);
    }

    /// <inheritdoc/>
    /// <remarks>As of <see cref="GruCell"/>; r has acted before the product, where its gradient comes from.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in GruResetBeforeCell cell,
        ref Gates<T> gates,
        in States<T> before,
        in UnitWeights<T> weights,
        ref States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        T z = gates.B;
        T n = gates.C;
        T d = gradient.H;

        gates.B = d * (before.H - n) * Activations.Slope(cell._gate, z);
        gates.C = d * (T.Of(1) - z) * Activations.Slope(cell._candidate, n);
        gradient.H = d * z;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Reset<T>(in GruResetBeforeCell cell, T sum)
        where T : struct, IReal<T> => Activations.Value(cell._gate, sum);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ResetSlope<T>(in GruResetBeforeCell cell, T reset)
        where T : struct, IReal<T> => Activations.Slope(cell._gate, reset);
}
