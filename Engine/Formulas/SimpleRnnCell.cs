using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>The simple recurrent cell (Elman, 1990): h' = f(W x + U h + b).</summary>
/// <param name="activation">f; usually tanh.</param>
public readonly struct SimpleRnnCell(CellActivation activation) : ICell<SimpleRnnCell>
{
    private readonly CellActivation _activation = activation;

    /// <inheritdoc/>
    public static string Name => "SimpleRnn";

    /// <inheritdoc/>
    public static int SharedGates => 1;

    /// <inheritdoc/>
    public static int StateCount => 1;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        gates.A = Activations.Value(_activation, gates.A);
        states.H = gates.A;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in SimpleRnnCell cell,
        ref Gates<T> gates,
        in States<T> before,
        in UnitWeights<T> weights,
        ref States<T> gradient,
        ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        gates.A = gradient.H * Activations.Slope(cell._activation, gates.A);
        gradient.H = T.Of(0);
    }
}
