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
        View weights, View gradients, Moments moments, in TRule rule, View status, GradientLimit limit)
    {
        if (Reals(status)[1] != 0)
            return;
        float scale = limit.SquaredNorm.Exists ? (float)limit.ScaleOf(*Reals(limit.SquaredNorm)) : 1;
        float maximum = (float)limit.MaximumValue;
        float* weight = Destination(weights);
        float* gradient = Reals(gradients);
        float* first = Reals(moments.First);
        float* second = Reals(moments.Second);
        float* third = Reals(moments.Third);
        TRule numbers = rule;
        Split(weights.Count, (start, count) => UpdateRange(
            weight + start,
            gradient + start,
            first is null ? null : first + start,
            second is null ? null : second + start,
            third is null ? null : third + start,
            count,
            numbers,
            scale,
            maximum));
    }

    public override void CopyUnlessFailed(View to, View from, View status)
    {
        if (Reals(status)[1] == 0)
            Copy(to, from);
    }

    // Moments that do not exist are null.
    [MethodImpl(Hot)]
    private static void UpdateRange<TRule>(
        float* weights,
        float* gradients,
        float* first,
        float* second,
        float* third,
        long count,
        TRule rule,
        float scale,
        float maximum)
        where TRule : struct, IUpdateRule<TRule>
    {
        TLanes factor = TLanes.Broadcast(scale);
        TLanes highest = TLanes.Broadcast(maximum);
        TLanes lowest = TLanes.Broadcast(-maximum);
        for (long k = 0; k < count; k += Width)
        {
            long left = count - k;
            TLanes weight = LaneReduction.Load<TLanes>(weights + k, left);
            TLanes gradient = LaneReduction.Load<TLanes>(gradients + k, left) * factor;
            gradient = TLanes.Min(TLanes.Max(gradient, lowest), highest);
            TLanes firstMoment = first is null ? default : LaneReduction.Load<TLanes>(first + k, left);
            TLanes secondMoment = second is null ? default : LaneReduction.Load<TLanes>(second + k, left);
            TLanes thirdMoment = third is null ? default : LaneReduction.Load<TLanes>(third + k, left);

            rule.Update(ref weight, gradient, ref firstMoment, ref secondMoment, ref thirdMoment);

            LaneReduction.Store(weight, weights + k, left);
            if (first is not null)
                LaneReduction.Store(firstMoment, first + k, left);
            if (second is not null)
                LaneReduction.Store(secondMoment, second + k, left);
            if (third is not null)
                LaneReduction.Store(thirdMoment, third + k, left);
        }
    }
}
