namespace MiniLstm.Engine;

/// <summary>A learnt value. It belongs to a <see cref="ParameterStore"/>, is on no tape, and gradients are always added to its own.</summary>
public sealed class Parameter : Tensor
{
    private readonly ParameterStore _store;

    internal Parameter(ParameterStore store, string name, View value)
        : base(null, value, tracked: true, producer: null, root: null)
    {
        _store = store;
        Name = name;
        GradientIsBorrowed = true;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Whether it is learnt. No gradient is computed for a parameter that is not, and an optimiser leaves it out that is bound
    /// afterwards.</summary>
    public bool IsTrainable { get; set; } = true;

    /// <inheritdoc/>
    public override bool IsTracked => IsTrainable;

    /// <summary>Where it lives.</summary>
    internal override Backend Backend => _store.Backend;

    /// <summary>Its range of the store's gradients.</summary>
    internal override View Gradient
    {
        get
        {
            View all = _store.Gradients;
            return new(all.Buffer, all.Offset + View.Offset - _store.Values.Offset, Shape);
        }
    }

    /// <summary>Replaces the values.</summary>
    /// <param name="values">All elements, row-major.</param>
    /// <exception cref="ShapeException">The number of values differs.</exception>
    public void Set(ReadOnlySpan<double> values)
    {
        if (values.Length != Shape.Count)
            throw new ShapeException($"Set: {Name} {Shape} has {Shape.Count} elements, got {values.Length} values");
        Backend.Upload(View, values);
        View.Buffer.MarkChanged();
    }

    /// <summary>Replaces the values.</summary>
    /// <param name="values">All elements, row-major.</param>
    /// <exception cref="ShapeException">The number of values differs.</exception>
    public void Set(ReadOnlySpan<float> values)
    {
        if (values.Length != Shape.Count)
            throw new ShapeException($"Set: {Name} {Shape} has {Shape.Count} elements, got {values.Length} values");
        Backend.Upload(View, values);
        View.Buffer.MarkChanged();
    }

    /// <summary>Copies the gradient to the host.</summary>
    /// <returns>All elements, row-major.</returns>
    public double[] GradientToArray()
    {
        double[] values = new double[Shape.Count];
        Backend.Download(Gradient, values);
        return values;
    }
}
