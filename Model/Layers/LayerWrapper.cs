using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>A layer around another one: it has no parameters of its own, and those of the inner layer bear its name.</summary>
public abstract class LayerWrapper : Layer
{
    private protected LayerWrapper(Layer inner)
    {
        if (inner.IsTaken)
            throw new ArgumentException($"{GetType().Name}: the layer {inner.Name} is part of a model or of another layer already");
        inner.Take(inner.Name);
        Inner = inner;
        IsTrainable = inner.IsTrainable;
    }

    /// <summary>The layer inside. It is named as this one is, which says whether both learn.</summary>
    public Layer Inner { get; }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams) => Inner.Bind(parameters, streams);

    internal override void Take(string name)
    {
        base.Take(name);
        Inner.Take(name);
    }
}
