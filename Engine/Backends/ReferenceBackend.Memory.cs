namespace MiniLstm.Engine;

/// <content>Moving values in, out and about.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Upload(View to, ReadOnlySpan<double> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Float64);
        values.CopyTo(Reals(to));
    }

    /// <inheritdoc/>
    public override void Upload(View to, ReadOnlySpan<float> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Float64);
        Span<double> y = Reals(to);
        for (int i = 0; i < y.Length; i++)
            y[i] = values[i];
    }

    /// <inheritdoc/>
    public override void Upload(View to, ReadOnlySpan<int> values)
    {
        CheckTransfer(to, values.Length, ElementKind.Int32);
        values.CopyTo(Integers(to));
    }

    /// <inheritdoc/>
    public override void Download(View from, Span<double> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Float64);
        Reals(from).CopyTo(values);
    }

    /// <inheritdoc/>
    public override void Download(View from, Span<float> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Float64);
        Span<double> x = Reals(from);
        for (int i = 0; i < x.Length; i++)
            values[i] = (float)x[i];
    }

    /// <inheritdoc/>
    public override void Download(View from, Span<int> values)
    {
        CheckTransfer(from, values.Length, ElementKind.Int32);
        Integers(from).CopyTo(values);
    }

    /// <inheritdoc/>
    public override void Copy(View to, View from)
    {
        if (to.Buffer.Kind == ElementKind.Int32)
            Integers(from).CopyTo(Integers(to));
        else
            Reals(from).CopyTo(Reals(to));
    }

    /// <inheritdoc/>
    public override void Fill(View to, double value) => Reals(to).Fill(value);
}
