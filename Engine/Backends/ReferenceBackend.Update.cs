namespace MiniLstm.Engine;

/// <content>What an optimiser does.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void JudgeGradient(View status, long step)
    {
        Span<double> values = Reals(status);
        if (values[1] == 0 && !double.IsFinite(values[0]))
            values[1] = step;
    }

    /// <inheritdoc/>
    public override void Update<TRule>(
        View weights, View gradients, Moments moments, in TRule rule, View status, GradientLimit limit)
    {
        if (HasFailed(status))
            return;

        double scale = limit.SquaredNorm.Exists ? limit.ScaleOf(Reals(limit.SquaredNorm)[0]) : 1;
        Span<double> w = Reals(weights);
        Span<double> g = Reals(gradients);
        for (int i = 0; i < w.Length; i++)
        {
            var weight = new F64(w[i]);
            var gradient = new F64(Math.Clamp(g[i] * scale, -limit.MaximumValue, limit.MaximumValue));
            F64 first = Load(moments.First, i);
            F64 second = Load(moments.Second, i);
            F64 third = Load(moments.Third, i);

            rule.Update(ref weight, gradient, ref first, ref second, ref third);

            w[i] = weight.Value;
            Store(first, moments.First, i);
            Store(second, moments.Second, i);
            Store(third, moments.Third, i);
        }
    }

    /// <inheritdoc/>
    public override void CopyUnlessFailed(View to, View from, View status)
    {
        if (!HasFailed(status))
            Copy(to, from);
    }

    private static bool HasFailed(View status) => Reals(status)[1] != 0;

    private static F64 Load(View moment, int i) => new(moment.Exists ? Reals(moment)[i] : 0);

    private static void Store(F64 value, View moment, int i)
    {
        if (moment.Exists)
            Reals(moment)[i] = value.Value;
    }
}
