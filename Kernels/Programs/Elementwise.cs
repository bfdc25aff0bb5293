using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>to = value.</summary>
internal readonly struct FillKernel(ArrayView<float> to, float value) : IElementKernel
{
    public void Run(int i) => to[i] = value;
}

/// <summary>to (+)= scale · x.</summary>
internal readonly struct ScaleKernel(ArrayView<float> to, ArrayView<float> x, float scale, Flag add) : IElementKernel
{
    public void Run(int i) => Result.Put(ref to[i], scale * x[i], add);
}

/// <summary>to (+)= f(a, b), b broadcast to a.</summary>
internal readonly struct CombineKernel<TCombination>(
    ArrayView<float> to, ArrayView<float> a, ArrayView<float> b, int columns, Broadcast broadcast, Flag add) : IElementKernel
    where TCombination : struct, ICombination
{
    public void Run(int i)
    {
        int j = broadcast switch
        {
            Broadcast.None => i,
            Broadcast.Row => i % columns,
            Broadcast.Column => i / columns,
            _ => 0,
        };
        Result.Put(ref to[i], TCombination.Value(new Float32(a[i]), new Float32(b[j])).Value, add);
    }
}

/// <summary>y = f(x).</summary>
internal readonly struct MapKernel<TMap>(ArrayView<float> y, ArrayView<float> x) : IElementKernel
    where TMap : struct, IMap
{
    public void Run(int i) => y[i] = TMap.Value(new Float32(x[i])).Value;
}

/// <summary>dx (+)= f'(x) dy.</summary>
internal readonly struct MapSlopeKernel<TMap>(
    ArrayView<float> dx, ArrayView<float> x, ArrayView<float> y, ArrayView<float> dy, Flag add) : IElementKernel
    where TMap : struct, IMap
{
    public void Run(int i)
    {
        Float32 slope = TMap.Slope(new Float32(x[i]), new Float32(y[i]));
        Result.Put(ref dx[i], slope.Value * dy[i], add);
    }
}

/// <summary>to (+)= set where the mask is not 0, unset elsewhere; an absent one is 0. One mask for so many elements.</summary>
internal readonly struct SelectKernel(
    ArrayView<float> to, ArrayView<int> mask, int elementsOfMask, ArrayView<float> set, ArrayView<float> unset, Flag add) : IElementKernel
{
    public void Run(int i)
    {
        float value = 0;
        if (mask[i / elementsOfMask] != 0)
        {
            if (set.IntLength > 0)
                value = set[i];
        }
        else if (unset.IntLength > 0)
        {
            value = unset[i];
        }

        Result.Put(ref to[i], value, add);
    }
}

/// <summary>to (+)= x · scale where the element's random number is at least p, 0 elsewhere.</summary>
internal readonly struct DropoutKernel(
    ArrayView<float> to, ArrayView<float> x, RandomRange range, uint threshold, float scale, Flag add) : IElementKernel
{
    public void Run(int i) => Result.Put(ref to[i], Uniform.Bits(range, i) < threshold ? 0 : x[i] * scale, add);
}

/// <summary>to = 1 where the element's random number is below p, else 0.</summary>
internal readonly struct DrawKernel(ArrayView<float> to, RandomRange range, uint threshold) : IElementKernel
{
    public void Run(int i) => to[i] = Uniform.Bits(range, i) < threshold ? 1f : 0f;
}

/// <summary>Zoneout: to = keep old + (1 - keep) to.</summary>
internal readonly struct KeepOldKernel(ArrayView<float> to, ArrayView<float> keep, ArrayView<float> old) : IElementKernel
{
    public void Run(int i) => to[i] = keep[i] * old[i] + (1 - keep[i]) * to[i];
}

/// <summary>The derivative of zoneout: dOld += keep d, then d = (1 - keep) d.</summary>
internal readonly struct KeepOldSlopeKernel(ArrayView<float> gradient, ArrayView<float> keep, ArrayView<float> dOld) : IElementKernel
{
    public void Run(int i)
    {
        float d = gradient[i];
        dOld[i] += keep[i] * d;
        gradient[i] = (1 - keep[i]) * d;
    }
}

/// <summary>Random numbers in kernels: the host's.</summary>
internal static class Uniform
{
    /// <summary>A number of a range, in units of 2^-24: of the 24 bits that make a number in [0, 1).</summary>
    /// <param name="range">The range.</param>
    /// <param name="index">Which one, from 0.</param>
    /// <returns>A whole number below 2^24.</returns>
    public static uint Bits(RandomRange range, int index) => Philox.Word(range.Seed, range.Stream, range.Offset + (ulong)index) >> 8;
}
