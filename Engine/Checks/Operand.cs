using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <summary>One floating-point operand of an <see cref="OperationCase"/>: its shape, and where its values may lie.</summary>
/// <remarks>An operand in [-1, 1] is written as its shape, <c>[3, 5]</c>.</remarks>
/// <param name="Shape">Its shape.</param>
/// <param name="Low">The smallest value.</param>
/// <param name="High">The largest value.</param>
[CollectionBuilder(typeof(Operand), nameof(Create))]
public sealed record Operand(Shape Shape, double Low = -1, double High = 1)
{
    // More than the differences of the gradient check span.
    private const double Margin = 1e-2;

    /// <summary>Where the derivative jumps: values keep 0.01 away from these points.</summary>
    public IReadOnlyList<double> Kinks { get; init; } = [];

    /// <summary>Whether no two values are near each other, as operations that compare them need: a shuffled, even grid.</summary>
    public bool IsSpread { get; init; }

    /// <summary>Whether the operation knows no gradient by it.</summary>
    public bool IsConstant { get; init; }

    /// <summary>An operand in [-1, 1].</summary>
    /// <param name="shape">Its shape.</param>
    public static implicit operator Operand(Shape shape) => new(shape);

    /// <summary>An operand in [-1, 1]; what collection expressions call.</summary>
    /// <param name="axes">Its shape.</param>
    /// <returns>The operand.</returns>
    public static Operand Create(ReadOnlySpan<int> axes) => new(new Shape(axes));

    /// <summary>Enumerates the axes, as collection expressions ask.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<int> GetEnumerator() => Shape.GetEnumerator();

    /// <summary>The same operand in another shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <returns>The operand.</returns>
    internal Operand In(Shape shape) => this with { Shape = shape };

    /// <summary>Draws values that float32 holds exactly.</summary>
    /// <param name="random">Where from.</param>
    /// <returns>All elements, row-major.</returns>
    internal double[] Draw(RandomStream random)
    {
        double[] values = new double[Shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            do
            {
                double place = IsSpread ? (i + 0.5) / values.Length : random.NextUniform();
                values[i] = (float)(Low + (High - Low) * place);
            }
            while (IsNearKink(values[i]));
        }

        if (IsSpread)
            Shuffle(values, random);
        return values;
    }

    private bool IsNearKink(double value) => Kinks.Any(kink => Math.Abs(value - kink) < Margin);

    // Fisher and Yates.
    private static void Shuffle(double[] values, RandomStream random)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int j = (int)(random.NextUniform() * (i + 1));
            (values[i], values[j]) = (values[j], values[i]);
        }
    }
}

/// <summary>One integer operand of an <see cref="OperationCase"/>.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Low">The smallest value.</param>
/// <param name="High">The largest value.</param>
public sealed record IndexOperand(Shape Shape, int Low, int High)
{
    /// <summary>Draws values.</summary>
    /// <param name="random">Where from.</param>
    /// <returns>All elements, row-major.</returns>
    internal int[] Draw(RandomStream random)
    {
        int[] values = new int[Shape.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Low + (int)(random.NextUniform() * (High - Low + 1));
        return values;
    }
}
