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
        View weights, View gradients, View first, View second, in TRule rule, View status, double maximumNorm)
    {
        if (HasFailed(status))
            return;

        double norm = Math.Sqrt(Reals(status)[0]);
        double clip = Math.Min(1, maximumNorm / (norm + 1e-6));
        Span<double> w = Reals(weights);
        Span<double> g = Reals(gradients);
        for (int i = 0; i < w.Length; i++)
        {
            var weight = new F64(w[i]);
            var firstMoment = new F64(first.Exists ? Reals(first)[i] : 0);
            var secondMoment = new F64(second.Exists ? Reals(second)[i] : 0);

            rule.Update(ref weight, new F64(g[i] * clip), ref firstMoment, ref secondMoment);

            w[i] = weight.Value;
            if (first.Exists)
                Reals(first)[i] = firstMoment.Value;
            if (second.Exists)
                Reals(second)[i] = secondMoment.Value;
        }
    }

    /// <inheritdoc/>
    public override void CopyUnlessFailed(View to, View from, View status)
    {
        if (!HasFailed(status))
            Copy(to, from);
    }

    private static bool HasFailed(View status) => Reals(status)[1] != 0;
}
