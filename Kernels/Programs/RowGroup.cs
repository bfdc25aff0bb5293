using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>
/// A group of threads that reads one row: of n threads each takes every n-th element, then what they found is combined, in an order that never changes.
/// </summary>
internal static class RowGroup
{
    /// <summary>Threads of such a group, at most.</summary>
    public const int MaximumSize = 128;

    // Threads that combine in the first round, and values that are left for the second.
    private const int Combiners = 8;

    /// <summary>The shared memory that combining takes.</summary>
    /// <returns>Room for one round and for the next.</returns>
    public static ArrayView<float> Room() => SharedMemory.Allocate<float>(MaximumSize + Combiners);

    /// <summary>Combines the values of all threads of the group: in two rounds, since a barrier costs more than a few reads.</summary>
    /// <typeparam name="TReduction">How two are combined.</typeparam>
    /// <param name="room">As <see cref="Room"/> gave it.</param>
    /// <param name="value">This thread's.</param>
    /// <returns>The combined value, the same in every thread.</returns>
    public static float Combine<TReduction>(ArrayView<float> room, float value)
        where TReduction : struct, IReduction
    {
        int thread = Group.IdxX;
        room[thread] = value;
        Group.Barrier();
        int combiners = Group.DimX < Combiners ? Group.DimX : Combiners;
        if (thread < combiners)
        {
            float part = value;
            for (int k = thread + combiners; k < Group.DimX; k += combiners)
                part = TReduction.Combine(part, room[k]);
            room[MaximumSize + thread] = part;
        }

        Group.Barrier();
        float all = room[MaximumSize];
        for (int k = 1; k < combiners; k++)
            all = TReduction.Combine(all, room[MaximumSize + k]);
        return all;
    }
}

/// <summary>How two values of a reduction become one.</summary>
internal interface IReduction
{
    /// <summary>Combines two values.</summary>
    /// <param name="a">The first.</param>
    /// <param name="b">The second.</param>
    /// <returns>The one.</returns>
    static abstract float Combine(float a, float b);
}

/// <summary>a + b.</summary>
internal readonly struct SumReduction : IReduction
{
    public static float Combine(float a, float b) => a + b;
}

/// <summary>The larger of two; b where a is NaN.</summary>
internal readonly struct MaxReduction : IReduction
{
    public static float Combine(float a, float b) => a > b ? a : b;
}
