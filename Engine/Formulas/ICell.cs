using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>The gate columns of one unit at one time step. Fixed fields, since kernels accept neither spans nor inline arrays.</summary>
/// <typeparam name="T">The arithmetic.</typeparam>
public struct Gates<T>
    where T : struct
{
    /// <summary>The first column, of the LSTM: the input gate i.</summary>
    public T A;

    /// <summary>The second column, of the LSTM: the forget gate f.</summary>
    public T B;

    /// <summary>The third column, of the LSTM: the candidate g.</summary>
    public T C;

    /// <summary>The fourth column, of the LSTM: the output gate o.</summary>
    public T D;
}

/// <summary>The states of one unit at one time step.</summary>
/// <typeparam name="T">The arithmetic.</typeparam>
public struct States<T>
    where T : struct
{
    /// <summary>The hidden state h: what the recurrent product reads and the layer puts out.</summary>
    public T H;

    /// <summary>The cell state c.</summary>
    public T C;
}

/// <summary>
/// The pointwise part of a recurrent layer: what one unit does in one time step once its sums W x + U h + b are known. Written
/// once, it runs in the same loop on every backend.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface ICell<TSelf>
    where TSelf : struct, ICell<TSelf>
{
    /// <summary>The name in error messages and lists.</summary>
    static abstract string Name { get; }

    /// <summary>How many gate columns each unit has, 1 to 4.</summary>
    static abstract int GateCount { get; }

    /// <summary>Whether <see cref="Slope"/> works on what <see cref="Step"/> left in the gates (true), or on the sums (false).</summary>
    static virtual bool KeepsActivations => false;

    /// <summary>One time step of one unit.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="gates">In: the sums. Out, if <see cref="KeepsActivations"/>: what <see cref="Slope"/> needs.</param>
    /// <param name="states">In: the states before the step. Out: after it.</param>
    static abstract void Step<T>(ref Gates<T> gates, ref States<T> states)
        where T : struct, IReal<T>;

    /// <summary>The derivative of one time step of one unit; by default that of <see cref="Step"/> by dual numbers.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="gates">In: as kept by the step. Out: the gradient of the sums.</param>
    /// <param name="before">The states before the step.</param>
    /// <param name="after">The states after the step.</param>
    /// <param name="gradient">In: the gradient of the states after the step. Out: the part of the gradient of the states before it
    /// that does not pass through the recurrent product.</param>
    /// <exception cref="NotSupportedException">The cell keeps activations and has no slope of its own.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual void Slope<T>(ref Gates<T> gates, in States<T> before, in States<T> after, ref States<T> gradient)
        where T : struct, IReal<T>
    {
        if (TSelf.KeepsActivations)
            throw new NotSupportedException($"{TSelf.Name}: a cell that keeps activations needs a Slope of its own; the sums are gone");
        Dual.Slope<TSelf, T>(ref gates, before, ref gradient);
    }
}
