using System.Runtime.Intrinsics;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>Products with narrow weights, against what they should be; and the same bits for all threads and widths.</summary>
[Category("Widths")]
public sealed class WeightFormatTests
{
    private static readonly (string Name, Func<HostOptions, HostBackend> Open)[] _hosts =
    [
        ("1 thread", options => HostBackend.Create(options with { Threads = 1 })),
        ("3 threads", options => HostBackend.Create(options with { Threads = 3 })),
        .. Vector512.IsHardwareAccelerated
            ? new (string, Func<HostOptions, HostBackend>)[] { ("16 lanes", options => new HostBackend<Lanes16>(options with { Threads = 2 })) }
            : [],
        .. Vector256.IsHardwareAccelerated
            ? new (string, Func<HostOptions, HostBackend>)[] { ("8 x 2 lanes", options => new HostBackend<Lanes8x2>(options with { Threads = 2 })) }
            : [],
        ("4 x 4 lanes", options => new HostBackend<Lanes4x4>(options with { Threads = 2 })),
    ];

    // Around the sizes of tiles, groups and panels; the last with enough work to be split.
    private static readonly (int Rows, int Depth, int Columns)[] _sizes =
        [(1, 1, 1), (1, 17, 16), (2, 64, 65), (4, 33, 130), (5, 31, 48), (70, 40, 80), (9, 300, 211)];

    [Test]
    public void MatMul_BFloat16_EqualsFloat32WithRoundedWeightsToTheBit(
        [ValueSource(nameof(_sizes))] (int Rows, int Depth, int Columns) size, [Values] bool transposed, [Values] bool add)
    {
        float[] weight = Values(size.Depth * size.Columns, seed: 2);
        float[] rounded = [.. weight.Select(RoundToBFloat16)];
        float[] expected = Product(_hosts[0].Open, WeightFormat.Float32, size, rounded, transposed, add);
        foreach ((string name, Func<HostOptions, HostBackend> open) in _hosts)
            Assert.That(Product(open, WeightFormat.BFloat16, size, weight, transposed, add), Is.EqualTo(expected), name);
    }

    // |Σ ŵ â - Σ w a|
    // <= Σ |a| |ŵ - w| + Σ |ŵ| |â - a|, where a weight is off by half a step of its column and an element by half a step of its row; and the rounding of the result.
    [Test]
    public void MatMul_Int8_IsWithinHalfAStepOfEachWeightAndElement(
        [ValueSource(nameof(_sizes))] (int Rows, int Depth, int Columns) size, [Values] bool transposed, [Values] bool add)
    {
        float[] a = Values(size.Rows * size.Depth, seed: 1);
        float[] weight = Values(size.Depth * size.Columns, seed: 2);
        float[] old = Values(size.Rows * size.Columns, seed: 3);
        float[] product = Product(_hosts[0].Open, WeightFormat.Int8, size, weight, transposed, add);
        double steps = Math.Min(short.MaxValue, int.MaxValue / (127L * size.Depth));
        Assert.Multiple(() =>
        {
            for (int k = 0; k < product.Length; k++)
            {
                (int row, int column) = Math.DivRem(k, size.Columns);
                double[] x = [.. Enumerable.Range(0, size.Depth).Select(d => (double)a[row * size.Depth + d])];
                double[] w = [.. Enumerable.Range(0, size.Depth)
                    .Select(d => (double)weight[transposed ? column * size.Depth + d : d * size.Columns + column])];
                double exact = x.Zip(w, (p, q) => p * q).Sum() + (add ? old[k] : 0);
                double weightStep = w.Max(Math.Abs) / 127;
                double rowStep = x.Max(Math.Abs) / steps;
                double bound = x.Sum(Math.Abs) * weightStep / 2 + w.Sum(v => Math.Abs(v) + weightStep) * rowStep / 2
                    + 1e-6 * x.Zip(w, (p, q) => Math.Abs(p * q)).Sum() + 1e-6 * Math.Abs(exact);
                Assert.That(product[k], Is.EqualTo(exact).Within(bound), $"row {row}, column {column}");
            }
        });
    }

    [Test]
    public void MatMul_Int8_GivesTheSameBitsForAllThreadsAndWidthsAndForEachRowAlone(
        [ValueSource(nameof(_sizes))] (int Rows, int Depth, int Columns) size)
    {
        float[] weight = Values(size.Depth * size.Columns, seed: 2);
        float[] expected = Product(_hosts[0].Open, WeightFormat.Int8, size, weight, transposed: true, add: false);
        foreach ((string name, Func<HostOptions, HostBackend> open) in _hosts)
            Assert.That(Product(open, WeightFormat.Int8, size, weight, transposed: true, add: false), Is.EqualTo(expected), name);
        float[] first = Product(_hosts[0].Open, WeightFormat.Int8, size with { Rows = 1 }, weight, transposed: true, add: false);
        Assert.That(first, Is.EqualTo(expected[..size.Columns]));
    }

    // 3,001 products of 127 and 32,767 are more than 32 bits hold: so deep a row must get fewer steps than 16 bits have.
    [Test]
    public void MatMul_Int8OfGreatestNumbersAndGreatDepth_DoesNotOverflow()
    {
        const int Depth = 3001;
        float[] ones = new float[Depth];
        Array.Fill(ones, -1f);
        using HostBackend device = Open(WeightFormat.Int8);
        Assert.That(Product(device, (1, Depth, 1), ones, ones, transposed: true, old: null), Is.EqualTo(new[] { (float)Depth }).Within(1e-4f));
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void MatMul_Int8OfARowThatIsNotFinite_IsNaN(float value)
    {
        using HostBackend device = Open(WeightFormat.Int8);
        float[] product = Product(device, (2, 3, 1), [1, value, 1, 1, 2, 3], [1, 1, 1], transposed: true, old: null);
        Assert.That(product[0], Is.NaN);
        Assert.That(product[1], Is.EqualTo(6).Within(0.05));
    }

    [Test]
    public void MatMul_ChangedWeight_IsPackedAnew()
    {
        using HostBackend device = Open(WeightFormat.BFloat16);
        using var store = new ParameterStore(device, [new("w", [1, 2], values => values.Fill(1))]);
        Assert.That(Sum(), Is.EqualTo(2));
        device.Upload(store.All[0].View, [2.0, 3.0]);
        Assert.That(Sum(), Is.EqualTo(5));

        double Sum()
        {
            using Tape tape = Tape.ForInference(device);
            return tape.Input([1, 2], [1.0, 1.0]).Linear(store.All[0]).ToArray()[0];
        }
    }

    [TestCase(WeightFormat.BFloat16)]
    [TestCase(WeightFormat.Int8)]
    public void Training_OnNarrowWeights_IsRefused(WeightFormat format)
    {
        using HostBackend device = Open(format);
        Assert.That(
            () => Tape.ForTraining(device),
            Throws.InvalidOperationException.With.Message.EqualTo(
                $"training: host: products read weights as {format} here, which is for inference; training needs Float32"));

        using Tape tape = Tape.ForInspection(device);
        Tensor x = tape.Input([1], [1.0], tracked: true);
        Assert.That(() => tape.Backward(x * x), Throws.InvalidOperationException.With.Message.StartWith("Backward: host: products read weights as"));
    }

    [Test]
    public void Statistics_OfNarrowWeights_ShowFewerBytes()
    {
        long Bytes(WeightFormat format)
        {
            using HostBackend device = Open(format);
            using var store = new ParameterStore(device, [new("w", [256, 256], values => values.Fill(1))]);
            long before = device.Pool.Statistics.LiveBytes;
            using Tape tape = Tape.ForInference(device);
            tape.Input([1, 256], new double[256]).Linear(store.All[0]);
            return device.Pool.Statistics.LiveBytes - before;
        }

        long wide = Bytes(WeightFormat.Float32);
        Assert.That(Bytes(WeightFormat.BFloat16), Is.LessThan(0.6 * wide));
        Assert.That(Bytes(WeightFormat.Int8), Is.LessThan(0.35 * wide));
    }

    private static HostBackend Open(WeightFormat format) => HostBackend.Create(HostOptions.Default with { Threads = 1, Weights = format });

    private static float[] Product(
        Func<HostOptions, HostBackend> open, WeightFormat format, (int Rows, int Depth, int Columns) size, float[] weight, bool transposed, bool add)
    {
        var options = new HostOptions(1, BackendOptions.Default with { Poison = true }) { Weights = format };
        using HostBackend device = open(options);
        float[] a = Values(size.Rows * size.Depth, seed: 1);
        return Product(device, size, a, weight, transposed, add ? Values(size.Rows * size.Columns, seed: 3) : null);
    }

    private static float[] Product(
        HostBackend device, (int Rows, int Depth, int Columns) size, float[] a, float[] weight, bool transposed, float[]? old)
    {
        using Scratch left = device.Pool.Scratch([size.Rows, size.Depth], "a");
        using Scratch right = device.Pool.Scratch(transposed ? [size.Columns, size.Depth] : [size.Depth, size.Columns], "b");
        using Scratch result = device.Pool.Scratch([size.Rows, size.Columns], "c");
        device.Upload(left.View, a);
        device.Upload(right.View, weight);
        right.View.Buffer.MarkChanged();
        if (old is not null)
            device.Upload(result.View, old);
        device.MatMul(result.View, left.View, false, right.View, transposed, add: old is not null);
        float[] product = new float[result.View.Count];
        device.Download(result.View, product);
        return product;
    }

    private static float[] Values(int count, ulong seed)
    {
        var random = new RandomStream(seed, stream: 0);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextUniform() * 2 - 1))];
    }

    // By arithmetic, not by bits: eight significant ones, ties to even.
    private static float RoundToBFloat16(float value)
    {
        double unit = Math.ScaleB(1, Math.ILogB(value) - 7);
        return (float)(Math.Round(value / unit, MidpointRounding.ToEven) * unit);
    }
}
