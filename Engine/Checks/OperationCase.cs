namespace MiniLstm.Engine;

/// <summary>Builds the operation of a case.</summary>
/// <param name="tape">Where to run it.</param>
/// <param name="operands">The floating-point operands.</param>
/// <param name="indices">The integer operands.</param>
/// <returns>The results, to be compared and differentiated.</returns>
public delegate IReadOnlyList<Tensor> CaseBuilder(Tape tape, IReadOnlyList<Tensor> operands, IReadOnlyList<IndexTensor> indices);

/// <summary>Operands that do not fit, and what the error must say.</summary>
/// <param name="Shapes">One shape for each floating-point operand.</param>
/// <param name="Message">A part of the message of the <see cref="ShapeException"/>.</param>
public sealed record ShapeMisfit(IReadOnlyList<Shape> Shapes, string Message);

/// <summary>
/// One line of the catalogue: an operation with operands of given shapes and value ranges. From it follow the gradient check, the parity of every
/// backend with the reference, and the check of the error text.
/// </summary>
/// <param name="Name">The operation, with the variant.</param>
/// <param name="Operands">The floating-point operands.</param>
/// <param name="Build">How to run the operation on them.</param>
public sealed record OperationCase(string Name, IReadOnlyList<Operand> Operands, CaseBuilder Build)
{
    private const double Epsilon = 1.0 / (1 << 24);

    /// <summary>The integer operands.</summary>
    public IReadOnlyList<IndexOperand> Indices { get; init; } = [];

    /// <summary>K: how many rounding errors of float32 one result or gradient may gather, such as the length of its longest sum.</summary>
    public double Depth { get; init; } = 1;

    /// <summary>Shapes that must be refused, or null.</summary>
    public ShapeMisfit? Misfit { get; init; }

    /// <summary>
    /// How far float32 may be from float64, relative to the largest value of a tensor: (K + 15) ε with ε = 2⁻²⁴ and K the <see cref="Depth"/>. The
    /// fifteen are for the functions themselves, and for what is computed from their results.
    /// </summary>
    public double Tolerance => (Depth + 15) * Epsilon;

    /// <summary>The name and the shapes.</summary>
    /// <returns>Such as <c>MatMul [3, 5] [5, 2]</c>.</returns>
    public override string ToString() => $"{Name} {string.Join(" ", Operands.Select(o => o.Shape))}".TrimEnd();
}
