namespace MiniLstm.Engine;

/// <summary>How an optimiser changes one weight, given its gradient and up to two moments of earlier gradients.</summary>
/// <typeparam name="TSelf">The implementing type, whose fields are the numbers of one step, in double.</typeparam>
public interface IUpdateRule<TSelf>
    where TSelf : struct, IUpdateRule<TSelf>
{
    /// <summary>How many moments the rule keeps for each weight: 0, 1 or 2.</summary>
    static abstract int MomentCount { get; }

    /// <summary>Updates one weight.</summary>
    /// <typeparam name="T">The arithmetic; constants are rounded to it.</typeparam>
    /// <param name="weight">The weight, changed.</param>
    /// <param name="gradient">Its gradient, already clipped.</param>
    /// <param name="first">The first moment, changed; unused if the rule keeps none.</param>
    /// <param name="second">The second moment, changed; unused if the rule keeps fewer than two.</param>
    void Update<T>(ref T weight, T gradient, ref T first, ref T second)
        where T : struct, IReal<T>;
}
