namespace MiniLstm.Engine;

/// <summary>How the right operand of an element-wise operation is read for each element [row, column] of the left.</summary>
public enum Broadcast
{
    /// <summary>Element by element.</summary>
    None,

    /// <summary>One value for each column, the same in every row.</summary>
    Row,

    /// <summary>One value for each row, the same in every column.</summary>
    Column,

    /// <summary>One value for all.</summary>
    Scalar,
}
