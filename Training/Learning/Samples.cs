using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>An array on the host whose first axis counts samples, as Keras has it: token ids or class labels
/// (integers), or values.</summary>
/// <remarks>
/// <code>
/// inputs:   ids [samples, time], values [samples, time, features] or [samples, features]
/// labels:   ids [samples] or [samples, time], values [samples], [samples, columns] or [samples, time, columns]
/// weights:  values [samples] or [samples, time]
/// </code>
/// Arrays of integers and of float32, such as <c>int[,]</c> and <c>float[,,]</c>, convert to it by themselves. The
/// model's own order is time-major; the learner turns the axes batch by batch. Sequences of different lengths are filled up
/// and may carry their <see cref="Lengths"/>.
/// </remarks>
public sealed partial class Samples
{
    private const int MaximumRank = 3;

    private readonly ReadOnlyMemory<int> _ids;
    private readonly ReadOnlyMemory<float> _values;

    private Samples(
        ReadOnlyMemory<int> ids, ReadOnlyMemory<float> values, bool areIds, Shape shape, ReadOnlyMemory<int>? lengths = null)
    {
        long count = areIds ? ids.Length : values.Length;
        if (shape.Rank is < 1 or > MaximumRank || shape.Count != count)
            throw new ShapeException(
                $"Samples: {count} elements as {shape}, expected one to three axes and as many elements as they hold");
        _ids = ids;
        _values = values;
        AreIds = areIds;
        Shape = shape;
        Lengths = lengths;
    }

    /// <summary>The axes, samples first.</summary>
    public Shape Shape { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => Shape[0];

    /// <summary>Whether the elements are integers.</summary>
    public bool AreIds { get; }

    /// <summary>All integers, row-major.</summary>
    /// <exception cref="InvalidOperationException">The elements are values.</exception>
    public ReadOnlySpan<int> Ids => AreIds
        ? _ids.Span
        : throw new InvalidOperationException($"Samples: values {Shape}, expected ids");

    /// <summary>All values, row-major.</summary>
    /// <exception cref="InvalidOperationException">The elements are ids.</exception>
    public ReadOnlySpan<float> Values => !AreIds
        ? _values.Span
        : throw new InvalidOperationException($"Samples: ids {Shape}, expected values");

    /// <summary>How many elements a sample has.</summary>
    internal int RowLength => (int)(Shape.Count / Count);

    /// <summary>Token ids or class labels.</summary>
    /// <param name="ids">All elements, row-major; not copied.</param>
    /// <param name="shape">The axes, samples first; one to three.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="ShapeException">The number of elements is not that of the shape.</exception>
    public static Samples OfIds(ReadOnlyMemory<int> ids, Shape shape) => new(ids, default, areIds: true, shape);

    /// <summary>Values.</summary>
    /// <param name="values">All elements, row-major; not copied.</param>
    /// <param name="shape">The axes, samples first; one to three.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="ShapeException">The number of elements is not that of the shape.</exception>
    public static Samples OfValues(ReadOnlyMemory<float> values, Shape shape) =>
        new(default, values, areIds: false, shape);

    /// <summary>Class labels, one for each sample.</summary>
    /// <param name="ids">[samples]; not copied.</param>
    public static implicit operator Samples(int[] ids) => OfIds(ids, [ids.Length]);

    /// <summary>Token ids or class labels.</summary>
    /// <param name="ids">[samples, time]; copied.</param>
    public static implicit operator Samples(int[,] ids) => OfIds(Flat<int>(ids), ShapeOf(ids));

    /// <summary>Values, one for each sample.</summary>
    /// <param name="values">[samples]; not copied.</param>
    public static implicit operator Samples(float[] values) => OfValues(values, [values.Length]);

    /// <summary>Values.</summary>
    /// <param name="values">[samples, columns]; copied.</param>
    public static implicit operator Samples(float[,] values) => OfValues(Flat<float>(values), ShapeOf(values));

    /// <summary>Values of sequences.</summary>
    /// <param name="values">[samples, time, columns]; copied.</param>
    public static implicit operator Samples(float[,,] values) => OfValues(Flat<float>(values), ShapeOf(values));

    /// <summary>The values of one sample.</summary>
    /// <param name="sample">Which, from 0.</param>
    /// <returns>Its elements, row-major.</returns>
    /// <exception cref="InvalidOperationException">The elements are ids.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public ReadOnlySpan<float> ValuesOf(int sample) => Values.Slice(sample * RowLength, RowLength);

    /// <summary>Consecutive samples, without copying.</summary>
    internal Samples Range(int start, int count)
    {
        int from = start * RowLength;
        int length = count * RowLength;
        Samples range = AreIds
            ? OfIds(_ids.Slice(from, length), WithCount(count))
            : OfValues(_values.Slice(from, length), WithCount(count));
        return Lengths is { } lengths ? range.WithLengths(lengths.Slice(start, count)) : range;
    }

    /// <summary>The samples of these numbers, in this order.</summary>
    internal Samples Take(ReadOnlySpan<int> samples)
    {
        int length = RowLength;
        Samples taken = AreIds
            ? OfIds(Take(Ids, samples, length), WithCount(samples.Length))
            : OfValues(Take(Values, samples, length), WithCount(samples.Length));
        return Lengths is { } lengths ? taken.WithLengths(Take(lengths.Span, samples, length: 1)) : taken;
    }

    /// <summary>The same elements with the second axis, time, before the first.</summary>
    internal Samples TimeMajor()
    {
        int columns = Shape.Rank == 3 ? Shape[2] : 1;
        Shape turned = Shape.Rank == 3 ? [Shape[1], Shape[0], columns] : [Shape[1], Shape[0]];
        return AreIds
            ? OfIds(Turn(Ids, Shape[0], Shape[1], columns), turned)
            : OfValues(Turn(Values, Shape[0], Shape[1], columns), turned);
    }

    /// <summary>Values one after another.</summary>
    internal static Samples Concatenate(IReadOnlyList<Samples> parts)
    {
        int count = parts.Sum(part => part.Count);
        float[] values = new float[parts.Sum(part => part._values.Length)];
        int start = 0;
        foreach (Samples part in parts)
        {
            part._values.Span.CopyTo(values.AsSpan(start));
            start += part._values.Length;
        }

        return OfValues(values, parts[0].WithCount(count));
    }

    /// <summary>Exchanges the two leading axes of [outer, inner, columns].</summary>
    private static T[] Turn<T>(ReadOnlySpan<T> from, int outer, int inner, int columns)
    {
        var to = new T[from.Length];
        for (int i = 0; i < outer; i++)
        {
            for (int j = 0; j < inner; j++)
                from.Slice((i * inner + j) * columns, columns).CopyTo(to.AsSpan((j * outer + i) * columns));
        }

        return to;
    }

    private Shape WithCount(int count) => Shape.Rank switch
    {
        1 => [count],
        2 => [count, Shape[1]],
        _ => [count, Shape[1], Shape[2]],
    };

    private static T[] Take<T>(ReadOnlySpan<T> from, ReadOnlySpan<int> samples, int length)
    {
        var to = new T[samples.Length * length];
        for (int k = 0; k < samples.Length; k++)
            from.Slice(samples[k] * length, length).CopyTo(to.AsSpan(k * length));
        return to;
    }

    private static Shape ShapeOf(Array array) => array.Rank == 2
        ? [array.GetLength(0), array.GetLength(1)]
        : [array.GetLength(0), array.GetLength(1), array.GetLength(2)];

    private static T[] Flat<T>(Array array)
        where T : unmanaged
    {
        var flat = new T[array.Length];
        Buffer.BlockCopy(array, 0, flat, 0, Buffer.ByteLength(array));
        return flat;
    }
}
