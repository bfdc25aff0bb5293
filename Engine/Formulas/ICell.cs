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

    /// <summary>The cell state c; cells of one state leave it alone.</summary>
    public T C;
}

/// <summary>The weights that one unit has for itself, such as peepholes.</summary>
/// <typeparam name="T">The arithmetic.</typeparam>
public struct UnitWeights<T>
    where T : struct
{
    /// <summary>The first weight, of the LSTM: from the cell state to the input gate.</summary>
    public T A;

    /// <summary>The second weight, of the LSTM: from the cell state to the forget gate.</summary>
    public T B;

    /// <summary>The third weight, of the LSTM: from the cell state to the output gate.</summary>
    public T C;
}

/// <summary>
/// The pointwise part of a recurrent layer: what one unit does in one time step once its sums W x + U h + b are known. Written
/// once, it runs in the same loop on every backend. A cell is a small value: its fields are hyper-parameters, such as a bound.
/// </summary>
/// <remarks>A cell of one's own needs a name, the number of its gate columns, and <see cref="Step"/>; its gradient follows from dual numbers. The
/// columns of a unit come in this order: those that the input and the state both feed, those that the state alone feeds, those that the input alone
/// feeds; together 1 to 4.</remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface ICell<TSelf>
    where TSelf : struct, ICell<TSelf>
{
    /// <summary>The name in error messages and lists.</summary>
    static abstract string Name { get; }

    /// <summary>How many gate columns of each unit hold W x + U h + b.</summary>
    static abstract int SharedGates { get; }

    /// <summary>How many gate columns of each unit hold U h + b, without the input; of the GRU that is reset after the product: one.</summary>
    static virtual int StateGates => 0;

    /// <summary>How many gate columns of each unit hold W x + b, without the state.</summary>
    static virtual int InputGates => 0;

    /// <summary>How many states each unit has: 1, or 2 if there is a cell state.</summary>
    static virtual int StateCount => 2;

    /// <summary>How many weights of its own each unit may have, 0 to 3. Where a layer has none, they are 0.</summary>
    static virtual int WeightCount => 0;

    /// <summary>Whether <see cref="Slope"/> works on what <see cref="Step"/> left in the gates (true), or on the sums (false).</summary>
    static virtual bool KeepsActivations => false;

    /// <summary>Whether the last shared column reads the hidden state multiplied by <see cref="Reset"/> of the first one, as in a GRU that is reset
    /// before the product.</summary>
    static virtual bool ResetsBefore => false;

    /// <summary>Whether the layer is to normalise the cell state that shows: <see cref="Output"/> then makes the hidden state.</summary>
    /// <param name="cell">The cell.</param>
    /// <returns>Whether.</returns>
    static virtual bool NormalizesCell(in TSelf cell) => false;

    /// <summary>One time step of one unit.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="gates">In: the sums. Out, if <see cref="KeepsActivations"/>: what <see cref="Slope"/> needs.</param>
    /// <param name="states">In: the states before the step. Out: after it.</param>
    /// <param name="weights">The unit's own weights.</param>
    void Step<T>(ref Gates<T> gates, ref States<T> states, in UnitWeights<T> weights)
        where T : struct, IReal<T>;

    /// <summary>The derivative of one time step of one unit; by default that of <see cref="Step"/> by dual numbers. A cell that keeps activations, or
    /// resets before the product (and then leaves r alone here), needs one of its own, since the sums are gone: the default is then NaN, and the
    /// operation refuses the cell.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">In: as kept by the step. Out: the gradient of the sums.</param>
    /// <param name="before">The states before the step.</param>
    /// <param name="weights">The unit's own weights.</param>
    /// <param name="gradient">In: the gradient of the states after the step. Out: the part of the gradient of the states before it
    /// that does not pass through the recurrent product.</param>
    /// <param name="weightGradient">Out: the gradient of the weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual void Slope<T>(
        in TSelf cell, ref Gates<T> gates, in States<T> before, in UnitWeights<T> weights, ref States<T> gradient, ref UnitWeights<T> weightGradient)
        where T : struct, IReal<T>
    {
        // Not an exception, which no kernel can throw.
        if (TSelf.KeepsActivations || TSelf.ResetsBefore)
            gradient.H = T.Of(double.NaN);
        else
            Dual.Slope(cell, ref gates, before, weights, ref gradient, ref weightGradient);
    }

    /// <summary>The reset gate r of one unit, where it acts before the recurrent product (<see cref="ResetsBefore"/>).</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="sum">The sum of the first column; r takes its place in the gates.</param>
    /// <returns>r.</returns>
    /// <exception cref="NotSupportedException">The cell does not reset before the product.</exception>
    static virtual T Reset<T>(in TSelf cell, T sum)
        where T : struct, IReal<T> => throw new NotSupportedException($"{TSelf.Name}: resets nothing before the recurrent product");

    /// <summary>The derivative of <see cref="Reset"/>.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="reset">r.</param>
    /// <returns>dr by the sum.</returns>
    /// <exception cref="NotSupportedException">The cell does not reset before the product.</exception>
    static virtual T ResetSlope<T>(in TSelf cell, T reset)
        where T : struct, IReal<T> => throw new NotSupportedException($"{TSelf.Name}: resets nothing before the recurrent product");

    /// <summary>The hidden state of a layer that normalises its cell state: from the kept gates and the normalised cell state.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">As kept by the step.</param>
    /// <param name="normalized">The cell state after the step, normalised over all units of the layer.</param>
    /// <returns>h.</returns>
    /// <exception cref="NotSupportedException">The cell state of this cell cannot be normalised.</exception>
    static virtual T Output<T>(in TSelf cell, in Gates<T> gates, T normalized)
        where T : struct, IReal<T> => throw new NotSupportedException($"{TSelf.Name}: the cell state of this cell cannot be normalised");

    /// <summary>The derivative of <see cref="Output"/>; <see cref="Slope"/> follows, with the gradient of h given as 0.</summary>
    /// <typeparam name="T">The arithmetic.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">In: as kept. Out: with the gradient of the output gate's sum in place of the gate.</param>
    /// <param name="normalized">The normalised cell state.</param>
    /// <param name="gradient">The gradient of h.</param>
    /// <returns>The gradient of the normalised cell state.</returns>
    /// <exception cref="NotSupportedException">The cell state of this cell cannot be normalised.</exception>
    static virtual T OutputSlope<T>(in TSelf cell, ref Gates<T> gates, T normalized, T gradient)
        where T : struct, IReal<T> => throw new NotSupportedException($"{TSelf.Name}: the cell state of this cell cannot be normalised");
}

/// <summary>Numbers that follow from a cell's own.</summary>
/// <typeparam name="TCell">The cell.</typeparam>
internal static class CellSizes<TCell>
    where TCell : struct, ICell<TCell>
{
    /// <summary>Columns that the recurrent product feeds, which come first.</summary>
    public static int Recurrent
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TCell.SharedGates + TCell.StateGates;
    }

    /// <summary>Columns that the input product feeds.</summary>
    public static int Input
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TCell.SharedGates + TCell.InputGates;
    }

    /// <summary>All columns of a unit.</summary>
    public static int Gates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TCell.SharedGates + TCell.StateGates + TCell.InputGates;
    }

    /// <summary>Whether there is a cell state.</summary>
    public static bool HasCell
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TCell.StateCount > 1;
    }
}
