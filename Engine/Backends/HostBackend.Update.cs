using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>What optimisers need.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void JudgeGradient(View status, long step)
    {
        float* values = Reals(status);
        if (values[1] == 0 && !float.IsFinite(values[0]))
            values[1] = step;
    }

    public override void Update<TRule>(
        View weights, View gradients, View first, View second, in TRule rule, View status, double maximumNorm)
    {
        float* values = Reals(status);
        if (values[1] != 0)
            return;
        float scale = (float)Math.Min(1, maximumNorm / (Math.Sqrt(values[0]) + 1e-6));
        float* weight = Destination(weights);
        float* gradient = Reals(gradients);
        float* firstMoment = Reals(first);
        float* secondMoment = Reals(second);
        TRule numbers = rule;
        Split(weights.Count, (start, count) => UpdateRange(
            weight + start, gradient + start, firstMoment + start, secondMoment + start, count, numbers, scale));
    }

    public override void CopyUnlessFailed(View to, View from, View status)
    {
        if (Reals(status)[1] == 0)
            Copy(to, from);
    }

    [MethodImpl(Hot)]
    private static void UpdateRange<TRule>(
        float* weights, float* gradients, float* first, float* second, long count, TRule rule, float scale)
        where TRule : struct, IUpdateRule<TRule>
    {
        TLanes clip = TLanes.Broadcast(scale);
        for (long k = 0; k < count; k += Width)
        {
            long left = count - k;
            TLanes weight = LaneReduction.Load<TLanes>(weights + k, left);
            TLanes gradient = LaneReduction.Load<TLanes>(gradients + k, left) * clip;
            TLanes firstMoment = default;
            TLanes secondMoment = default;
            if (TRule.MomentCount > 0)
                firstMoment = LaneReduction.Load<TLanes>(first + k, left);
            if (TRule.MomentCount > 1)
                secondMoment = LaneReduction.Load<TLanes>(second + k, left);

            rule.Update(ref weight, gradient, ref firstMoment, ref secondMoment);

            LaneReduction.Store(weight, weights + k, left);
            if (TRule.MomentCount > 0)
                LaneReduction.Store(firstMoment, first + k, left);
            if (TRule.MomentCount > 1)
                LaneReduction.Store(secondMoment, second + k, left);
        }
    }
}
