using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MiniLstm.Engine;

/// <summary>The last steps of reductions, the same for all widths, and lanes that memory has only a part of.</summary>
internal static unsafe class LaneReduction
{
    /// <summary>The sum of four lanes, halves first.</summary>
    public static float Sum(Vector128<float> x) => x[0] + x[2] + (x[1] + x[3]);

    /// <summary>The largest of four lanes.</summary>
    public static float Greatest(Vector128<float> x) => Math.Max(Math.Max(x[0], x[2]), Math.Max(x[1], x[3]));

    /// <summary>Reads up to sixteen values; lanes without one are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(float* source, long count)
        where T : struct, ILanes<T> => count >= ILanes<T>.Width ? T.Load(source) : T.LoadPart(source, count);

    /// <summary>Writes up to sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T lanes, float* destination, long count)
        where T : struct, ILanes<T>
    {
        if (count >= ILanes<T>.Width)
            lanes.Store(destination);
        else
            lanes.StorePart(destination, count);
    }

    /// <summary>Fewer than sixteen values, for machines whose vectors cannot read a part.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T LoadSingly<T>(float* source, long count)
        where T : struct, ILanes<T>
    {
        float* lanes = stackalloc float[ILanes<T>.Width];
        T.Broadcast(0).Store(lanes);
        for (int k = 0; k < count; k++)
            lanes[k] = source[k];
        return T.Load(lanes);
    }

    /// <summary>Fewer than sixteen values, for machines whose vectors cannot write a part.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreSingly<T>(T value, float* destination, long count)
        where T : struct, ILanes<T>
    {
        float* lanes = stackalloc float[ILanes<T>.Width];
        value.Store(lanes);
        for (int k = 0; k < count; k++)
            destination[k] = lanes[k];
    }
}
