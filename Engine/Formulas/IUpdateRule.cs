namespace MiniLstm.Engine;

/// <summary>How an optimiser changes one weight, given its gradient and up to three moments: values that it keeps for
/// each weight from step to step.</summary>
/// <typeparam name="TSelf">The implementing type, whose fields are the numbers of one step, in double.</typeparam>
public interface IUpdateRule<TSelf>
    where TSelf : struct, IUpdateRule<TSelf>
{
    /// <summary>Updates one weight.</summary>
    /// <typeparam name="T">The arithmetic; constants are rounded to it.</typeparam>
    /// <param name="weight">The weight, changed.</param>
    /// <param name="gradient">Its gradient, already clipped.</param>
    /// <param name="first">The first moment, 0 before the first step, changed; one that is not kept is 0 at every
    /// step.</param>
    /// <param name="second">The second moment, likewise.</param>
    /// <param name="third">The third moment, likewise.</param>
    void Update<T>(ref T weight, T gradient, ref T first, ref T second, ref T third)
        where T : struct, IReal<T>;
}
