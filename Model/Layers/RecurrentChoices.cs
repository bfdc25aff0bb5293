namespace MiniLstm.Model;

/// <summary>Which way a recurrent layer reads its sequences.</summary>
public enum Direction
{
    /// <summary>From the first step to the last.</summary>
    Forward,

    /// <summary>From the last step to the first. What flows out stays in the order of time, unless
    /// <see cref="RecurrentLayer.KeepsReadingOrder"/>.</summary>
    Backward,

    /// <summary>Both, each with weights of its own.</summary>
    Bidirectional,
}

/// <summary>How the two directions of a layer become one output.</summary>
public enum MergeMode
{
    /// <summary>Side by side, forward first: twice as wide.</summary>
    Concatenate,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their product, element by element.</summary>
    Multiply,

    /// <summary>Their mean.</summary>
    Average,
}

/// <summary>What flows out at a step that does not count.</summary>
public enum MaskedOutput
{
    /// <summary>The kept state, as in Keras; before the first step that counts, the initial state.</summary>
    Repeat,

    /// <summary>Zero, as in PyTorch, and in Keras with zero_output_for_mask.</summary>
    Zero,
}

/// <summary>The gates of a cell, in the order of its weights' rows.</summary>
/// <param name="Shared">How many both products feed.</param>
/// <param name="State">How many the state alone feeds.</param>
/// <param name="Input">How many the input alone feeds.</param>
/// <param name="HasCell">Whether there is a cell state.</param>
/// <param name="Forget">Which is the forget gate; -1 if none is.</param>
internal readonly record struct CellGates(int Shared, int State, int Input, bool HasCell, int Forget = -1);
