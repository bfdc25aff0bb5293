using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>What an LSTM applies to its sums and to the cell state that shows; derivatives as functions of the values.</summary>
public interface ILstmActivations
{
    /// <summary>The gates'.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="x">A sum.</param>
    /// <returns>The gate.</returns>
    T Gate<T>(T x)
        where T : struct, IReal<T>;

    /// <summary>Its derivative.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="y">The gate.</param>
    /// <returns>The derivative.</returns>
    T GateSlope<T>(T y)
        where T : struct, IReal<T>;

    /// <summary>The candidate's.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="x">A sum.</param>
    /// <returns>The candidate.</returns>
    T Candidate<T>(T x)
        where T : struct, IReal<T>;

    /// <summary>Its derivative.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="y">The candidate.</param>
    /// <returns>The derivative.</returns>
    T CandidateSlope<T>(T y)
        where T : struct, IReal<T>;

    /// <summary>That of the cell state that shows.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="x">The cell state.</param>
    /// <returns>What the output gate is multiplied by.</returns>
    T Output<T>(T x)
        where T : struct, IReal<T>;

    /// <summary>Its derivative.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="y">What the output gate is multiplied by.</param>
    /// <returns>The derivative.</returns>
    T OutputSlope<T>(T y)
        where T : struct, IReal<T>;
}

/// <summary>Sigmoid gates, tanh elsewhere.</summary>
public readonly struct UsualActivations : ILstmActivations
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T Gate<T>(T x)
        where T : struct, IReal<T> => T.Sigmoid(x);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T GateSlope<T>(T y)
        where T : struct, IReal<T> => y * (T.Of(1) - y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T Candidate<T>(T x)
        where T : struct, IReal<T> => T.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T CandidateSlope<T>(T y)
        where T : struct, IReal<T> => T.Of(1) - y * y;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T Output<T>(T x)
        where T : struct, IReal<T> => T.Tanh(x);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T OutputSlope<T>(T y)
        where T : struct, IReal<T> => T.Of(1) - y * y;
}

/// <summary>Activations by name.</summary>
/// <param name="gate">The gates'.</param>
/// <param name="candidate">The candidate's.</param>
/// <param name="output">That of the cell state that shows.</param>
public readonly struct ChosenActivations(CellActivation gate, CellActivation candidate, CellActivation output) : ILstmActivations
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private readonly CellActivation _gate = gate;
    private readonly CellActivation _candidate = candidate;
    private readonly CellActivation _output = output;

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T Gate<T>(T x)
        where T : struct, IReal<T> => Activations.Value(_gate, x);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T GateSlope<T>(T y)
        where T : struct, IReal<T> => Activations.Slope(_gate, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T Candidate<T>(T x)
        where T : struct, IReal<T> => Activations.Value(_candidate, x);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T CandidateSlope<T>(T y)
        where T : struct, IReal<T> => Activations.Slope(_candidate, y);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T Output<T>(T x)
        where T : struct, IReal<T> => Activations.Value(_output, x);

    /// <inheritdoc/>
    [MethodImpl(Inline)]
    public T OutputSlope<T>(T y)
        where T : struct, IReal<T> => Activations.Slope(_output, y);
}
