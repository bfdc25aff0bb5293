using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>What optimisers need.</content>
public sealed partial class IlgpuBackend
{
    /// <inheritdoc/>
    public override void JudgeGradient(View status, long step) =>
        Launch(new JudgeGradientKernel(Destination(status), step), elements: 1);

    /// <inheritdoc/>
    public override void Update<TRule>(
        View weights, View gradients, Moments moments, in TRule rule, View status, GradientLimit limit) => Launch(
        new UpdateKernel<TRule>(
            Destination(weights),
            Reals(gradients),
            Destination(moments.First),
            Destination(moments.Second),
            Destination(moments.Third),
            rule,
            Reals(status),
            Reals(limit.SquaredNorm),
            (float)limit.MaximumNorm,
            (float)limit.MaximumValue),
        weights.Count);

    /// <inheritdoc/>
    public override void CopyUnlessFailed(View to, View from, View status) =>
        Launch(new CopyUnlessFailedKernel(Destination(to), Reals(from), Reals(status)), to.Count);
}
