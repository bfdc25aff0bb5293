using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>The example of a cell of one's own in Model's README.</summary>
#region Cell
public readonly struct MinimalGatedUnit : ICell<MinimalGatedUnit>
{
    public static string Name => "MinimalGatedUnit";

    public static int SharedGates => 1; // A: W_f x + U_f h + b_f

    public static int StateGates => 1; // B: U_n h + b'_n

    public static int InputGates => 1; // C: W_n x + b_n

    public static int StateCount => 1; // h alone, no cell state

    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        T f = T.Sigmoid(gates.A);
        T n = T.Tanh(gates.C + f * gates.B);
        states.H = (T.Of(1) - f) * states.H + f * n;
    }
}
#endregion
