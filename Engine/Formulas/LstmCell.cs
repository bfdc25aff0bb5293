using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>
/// The long short-term memory cell (Hochreiter and Schmidhuber, 1997; forget gate by Gers et al., 2000), in PyTorch's gate order
/// i, f, g, o.
/// </summary>
/// <remarks>
/// With the sums z = W x + U h + b of one unit:
/// <code>
/// i = sigmoid(z_i)      the input gate: how much of the candidate enters
/// f = sigmoid(z_f)      the forget gate: how much of the old cell state stays
/// g = tanh(z_g)         the candidate
/// o = sigmoid(z_o)      the output gate: how much of the cell state shows
/// c' = f c + i g        the cell state
/// h' = o tanh(c')       the hidden state
/// </code>
/// With other activations, peepholes or a bound: <see cref="LstmVariantCell{TActivations}"/>.
/// </remarks>
public readonly struct LstmCell : ICell<LstmCell>
{
    /// <inheritdoc/>
    public static string Name => "Lstm";

    /// <inheritdoc/>
    public static int SharedGates => 4;

    /// <inheritdoc/>
    public static bool KeepsActivations => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>
    {
        T i = T.Sigmoid(gates.A);
        T f = T.Sigmoid(gates.B);
        T g = T.Tanh(gates.C);
        T o = T.Sigmoid(gates.D);
        states.C = T.MultiplyAdd(f, states.C, i * g);
        states.H = o * T.Tanh(states.C);

        gates.A = i;
        gates.B = f;
        gates.C = g;
        gates.D = o;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// With dh and dc the gradients that reach h' and c' from later steps and from above, and t = tanh(c'), computed again from the gates:
    /// <code>
    /// h' = o t        gives   do = dh t            dt = dh o
    /// t = tanh(c')    adds    dc += dt (1 - t²)
    /// c' = f c + i g  gives   di = dc g,  df = dc c,  dg = dc i,  and c receives dc f
    /// i = sigmoid(z)  gives   dz_i = di i (1 - i), and likewise for f and o
    /// g = tanh(z)     gives   dz_g = dg (1 - g²)
    /// </code>
    /// h before the step receives nothing here: its gradient is the product of all dz with U.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slope<T>(
        in LstmCell cell, ref Gates<T> gates, in States<T> before, in UnitWeights<T> weights, ref States<T> gradient, ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        T one = T.Of(1);
        T i = gates.A;
        T f = gates.B;
        T g = gates.C;
        T o = gates.D;
        T t = T.Tanh(T.MultiplyAdd(f, before.C, i * g));
        T dh = gradient.H;
        T dc = T.MultiplyAdd(dh * o, one - t * t, gradient.C);

        gates.A = dc * g * i * (one - i);
        gates.B = dc * before.C * f * (one - f);
        gates.C = dc * i * (one - g * g);
        gates.D = dh * t * o * (one - o);
        gradient.H = T.Of(0);
        gradient.C = dc * f;
    }
}
