namespace MiniLstm.Engine;

/// <summary>A value on a tape: memory with a shape, and what backward needs to know about it.</summary>
/// <remarks>
/// Operations are extension methods (<c>x.MatMul(w).Tanh()</c>); they live in <c>MiniLstm.Engine.Operations</c>. Reshapes and slices of the
/// leading axis are views: they share memory and gradient with their root. A tensor lives as long as its tape.
/// </remarks>
public class Tensor
{
    private readonly View _view;

    internal Tensor(Tape? tape, View view, bool tracked, Operation? producer, Tensor? root)
    {
        Tape = tape;
        _view = view;
        IsTracked = tracked;
        Producer = producer;
        Root = root ?? this;
    }

    /// <summary>The tape it lives on; none for a parameter.</summary>
    public Tape? Tape { get; }

    /// <summary>Whether gradients flow into it.</summary>
    public virtual bool IsTracked { get; }

    /// <summary>The operation that computed it; none for inputs and parameters.</summary>
    public Operation? Producer { get; }

    /// <summary>Its shape.</summary>
    public Shape Shape => _view.Shape;

    /// <summary>What error messages call it.</summary>
    public virtual string Name => Root == this ? Producer?.Name ?? "input" : Root.Name;

    /// <summary>Its memory.</summary>
    /// <exception cref="ObjectDisposedException">The tape was disposed of.</exception>
    /// <exception cref="InvalidOperationException">An operation took the memory over, as <see cref="Tape.ForTraining"/> allows, or the
    /// parameter's store was disposed of.</exception>
    public View View
    {
        get
        {
            if (Tape is { IsDisposed: true })
                throw new ObjectDisposedException(nameof(Tape), $"{Name} {Shape}: used after its tape was disposed of");
            if (Root.WhyGone is { } why)
                throw new InvalidOperationException($"{Name} {Shape}: {why}");
            return _view;
        }
    }

    /// <summary>The tensor whose memory and gradient this one shares: itself unless it is a view.</summary>
    internal Tensor Root { get; }

    /// <summary>Of the root: where its gradient is, once something was written.</summary>
    internal virtual View Gradient { get; set; }

    /// <summary>Of the root: whether the gradient's memory is that of another tensor and not to be returned.</summary>
    internal bool GradientIsBorrowed { get; set; }

    /// <summary>Of the root: why its memory is no longer its own.</summary>
    internal string? WhyGone { get; set; }

    /// <summary>Of the root: how many operations read it.</summary>
    internal int Readers { get; set; }

    /// <summary>The elements in another shape.</summary>
    /// <param name="shape">A shape of the same number of elements.</param>
    /// <returns>A view.</returns>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    public Tensor Reshape(Shape shape) => shape.Count == Shape.Count
        ? Share(View.As(shape))
        : throw new ShapeException($"Reshape: {Name} {Shape} has {Shape.Count} elements, {shape} has {shape.Count}");

    /// <summary>Consecutive entries of the leading axis, such as some time steps.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <returns>A view of the same rank.</returns>
    /// <exception cref="ShapeException">The range does not lie within the leading axis.</exception>
    public Tensor Slice(int start, int count) => Shape.Rank > 0 && start >= 0 && count >= 1 && start <= Shape[0] - count
        ? Share(View.Range(start, count))
        : throw new ShapeException($"Slice: entries {start} to {start + count - 1} of the leading axis of {Name} {Shape}");

    /// <summary>One entry of the leading axis, such as one time step.</summary>
    /// <param name="index">Which.</param>
    /// <returns>A view of one axis less.</returns>
    /// <exception cref="ShapeException">There is no such entry.</exception>
    public Tensor At(int index)
    {
        Tensor slice = Slice(index, 1);
        return slice.Reshape(Shape.Without(0));
    }

    /// <summary>Copies the values to the host.</summary>
    /// <returns>All elements, row-major.</returns>
    public double[] ToArray()
    {
        double[] values = new double[Shape.Count];
        Backend.Download(View, values);
        return values;
    }

    /// <summary>The value of a tensor of one element, such as a loss.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="ShapeException">There is not exactly one element.</exception>
    public double ToScalar() => Shape.Count == 1
        ? ToArray()[0]
        : throw new ShapeException($"ToScalar: {Name} {Shape} has {Shape.Count} elements, expected 1");

    /// <summary>The backend of the tensor.</summary>
    internal virtual Backend Backend =>
        Tape?.Backend ?? throw new InvalidOperationException($"{Name}: on no tape");

    internal Tensor Share(View view) => new(Tape, view, IsTracked, Producer, Root);

    /// <summary>The part of the root's gradient that belongs to this tensor, or nothing.</summary>
    internal View WindowOf(View rootGradient) => rootGradient.Exists
        ? new(rootGradient.Buffer, rootGradient.Offset + (_view.Offset - Root._view.Offset), Shape)
        : default;
}
