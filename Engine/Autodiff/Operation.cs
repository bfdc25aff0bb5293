namespace MiniLstm.Engine;

/// <summary>Where the gradient of an input goes.</summary>
/// <param name="View">The memory; absent if no gradient is wanted.</param>
/// <param name="Add">Whether to add to it, or to be the first to write.</param>
public readonly record struct GradientTarget(View View, bool Add)
{
    /// <summary>Whether a gradient is wanted at all.</summary>
    public bool IsWanted => View.Exists;
}

/// <summary>
/// One differentiable operation: its shape rule, forward and backward stand together in one sealed class in one file. What backward
/// needs is kept in plain fields; what must be saved is rented from the tape.
/// </summary>
/// <param name="inputs">The operands; absent ones are null.</param>
public abstract class Operation(params Tensor?[] inputs)
{
    /// <summary>The operands; absent ones are null.</summary>
    public IReadOnlyList<Tensor?> Inputs => inputs;

    /// <summary>The results, once <see cref="Tape.Run"/> has rented them.</summary>
    public IReadOnlyList<Tensor> Outputs { get; private set; } = [];

    /// <summary>The name in errors and lists.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>Whether backward reads the values of the outputs: then no later operation may take their memory over.</summary>
    public virtual bool ReadsOutputs => false;

    /// <summary>How long forward took, on tapes that keep everything.</summary>
    public TimeSpan ForwardTime { get; internal set; }

    /// <summary>How long backward took, on tapes that keep everything.</summary>
    public TimeSpan BackwardTime { get; internal set; }

    /// <summary>The shape rule.</summary>
    /// <returns>One shape for each output.</returns>
    /// <exception cref="ShapeException">The operands do not fit.</exception>
    public abstract Shape[] OutputShapes();

    /// <summary>Computes the outputs.</summary>
    /// <param name="tape">Where to rent what must be saved.</param>
    public abstract void Forward(Tape tape);

    /// <summary>Adds to the gradients of the inputs, given those of the outputs.</summary>
    /// <param name="tape">Where the gradients are.</param>
    public abstract void Backward(Tape tape);

    internal void SetOutputs(Tensor[] outputs) => Outputs = outputs;

    /// <summary>The memory of an output.</summary>
    /// <param name="index">Which one.</param>
    /// <returns>Its view.</returns>
    protected View Output(int index = 0) => Outputs[index].View;

    /// <summary>The error of a shape rule.</summary>
    /// <param name="what">What is wrong, with the numbers.</param>
    /// <returns>An exception that names the operation first and every operand with its shape.</returns>
    protected ShapeException Wrong(string what)
    {
        IEnumerable<string> operands = inputs.OfType<Tensor>().Select(t => $"{t.Name} {t.Shape}");
        return new($"{Name}: {what}; operands {string.Join(", ", operands)}");
    }
}
