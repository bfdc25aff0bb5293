namespace MiniLstm.Training;

/// <summary>How an epoch goes through its samples.</summary>
internal enum SampleOrder
{
    /// <summary>As they are.</summary>
    Given,

    /// <summary>In an order of its own.</summary>
    Shuffled,

    /// <summary>In batches of sequences of nearly the same length, and these in an order of its own.</summary>
    GroupedByLength,
}
