using ILGPU;
using ILGPU.Algorithms;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>Notes the first step whose gradient is not finite: status is the squared norm, and the step that failed first.</summary>
internal readonly struct JudgeGradientKernel(ArrayView<float> status, float step) : IElementKernel
{
    public void Run(int i)
    {
        if (status[1] == 0 && !float.IsFinite(status[0]))
            status[1] = step;
    }
}

/// <summary>Updates weights by a rule with clipped gradients, unless a step has failed; all weights of a range in one launch.</summary>
internal readonly struct UpdateKernel<TRule>(
    ArrayView<float> weights,
    ArrayView<float> gradients,
    ArrayView<float> first,
    ArrayView<float> second,
    ArrayView<float> third,
    TRule rule,
    ArrayView<float> status,
    ArrayView<float> squaredNorm,
    float maximumNorm,
    float maximumValue) : IElementKernel
    where TRule : struct, IUpdateRule<TRule>
{
    public void Run(int i)
    {
        if (status[1] != 0)
            return;

        // As GradientLimit says.
        float scale = 1;
        if (squaredNorm.IntLength > 0)
            scale = XMath.Min(1, maximumNorm / (XMath.Sqrt(squaredNorm[0]) + (float)GradientLimit.Epsilon));
        float clipped = XMath.Min(XMath.Max(gradients[i] * scale, -maximumValue), maximumValue);

        Float32 weight = new(weights[i]);
        Float32 a = Load(first, i);
        Float32 b = Load(second, i);
        Float32 c = Load(third, i);
        rule.Update(ref weight, new Float32(clipped), ref a, ref b, ref c);
        weights[i] = weight.Value;
        Store(first, i, a);
        Store(second, i, b);
        Store(third, i, c);
    }

    private static Float32 Load(ArrayView<float> moment, int i) => new(moment.IntLength > 0 ? moment[i] : 0);

    private static void Store(ArrayView<float> moment, int i, Float32 value)
    {
        if (moment.IntLength > 0)
            moment[i] = value.Value;
    }
}

/// <summary>to = from, unless a step has failed.</summary>
internal readonly struct CopyUnlessFailedKernel(ArrayView<float> to, ArrayView<float> from, ArrayView<float> status) : IElementKernel
{
    public void Run(int i)
    {
        if (status[1] == 0)
            to[i] = from[i];
    }
}
