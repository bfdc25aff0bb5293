namespace MiniLstm.Engine;

/// <summary>Everything that a recurrent layer over all time steps reads and writes.</summary>
/// <remarks>T time steps, B batch rows, H units, G gate columns a unit. Slot 0 of a trajectory is the initial state, slot t + 1 the
/// state after step t.</remarks>
public readonly struct RecurrentViews
{
    /// <summary>[T, B, G H]. Forward in: the sums of the input product. Forward out: what the cell keeps for backward.
    /// Backward out: the gradients of the sums.</summary>
    public required View Gates { get; init; }

    /// <summary>[G H, H]: the recurrent weight U.</summary>
    public required View Weight { get; init; }

    /// <summary>[T + 1, B, H]: the hidden states.</summary>
    public required View H { get; init; }

    /// <summary>[T + 1, B, H]: the cell states.</summary>
    public required View C { get; init; }

    /// <summary>T.</summary>
    public int Steps => Gates.Shape[0];

    /// <summary>B.</summary>
    public int Batch => Gates.Shape[1];

    /// <summary>H.</summary>
    public int Units => H.Shape[2];
}
