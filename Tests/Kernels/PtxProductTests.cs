using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>The PTX of every kernel that multiplies matrices is executed, those of tensor cores too, and gives the product.</summary>
public sealed class PtxProductTests
{
    // Rows and columns beyond a tile, and sums of more than one piece in shared memory.
    private const int M = 136;
    private const int N = 132;
    private const int K = 20;

    private static ProductWay[] Ways() => Enum.GetValues<ProductWay>();

    [Test]
    public void Ways_AllLayoutsAndAccesses_GiveTheProduct(
        [ValueSource(nameof(Ways))] object way, [Values] bool transposeA, [Values] bool transposeB, [Values] bool quads)
    {
        int odd = quads ? 0 : 1;
        using IlgpuBackend device = PtxDevice.Open(new PtxRunner(PtxDevice.Capability));
        double error = WorstError(
            device,
            new(M - odd, N - odd, K - odd) { TransposeA = transposeA, TransposeB = transposeB, Add = true },
            round: value => value,
            (c, a, b) => device.MatMul(c, a, transposeA, b, transposeB, add: true, new ProductPlan((ProductWay)way, Parts: 1)));

        Assert.That(error, Is.LessThan(2e-6));
    }

    private static IEnumerable<TestCaseData> OnTensorCores()
    {
        foreach ((ProductPrecision precision, string name, int halves) in
            ((ProductPrecision, string, int)[])[(ProductPrecision.BFloat16, "tensor cores, bfloat16", 2), (ProductPrecision.Tf32, "tensor cores, TF32", 1)])
        {
            // Tiles that are not whole, of either operand as it lies.
            yield return Case(new(64, 132, 33), "");
            yield return Case(new(132, 65, 47) { TransposeA = true, TransposeB = true, Add = true }, "");
            yield return Case(new(64, 65, 33) { Batch = 2, TransposeA = true }, "");

            // Sums of two parts, of which the second is not whole.
            yield return Case(new(70, 100, 513 * halves) { TransposeB = true }, ", K in parts");
            yield return Case(new(128, 128, 513 * halves) { Add = true }, ", K in parts");

            // Stored at once; not where two results cannot be.
            yield return Case(new(128, 256, 40) { TransposeB = true }, ", whole tiles");
            yield return Case(new(128, 128, 33) { Batch = 2, Add = true }, ", whole tiles");
            yield return Case(new(128, 128, 33) { Offset = 1, Add = true }, "");

            TestCaseData Case(ProductCase product, string way) =>
                new TestCaseData(precision, product, name + way).SetArgDisplayNames(precision.ToString(), product.ToString(), name + way);
        }
    }

    [TestCaseSource(nameof(OnTensorCores))]
    public void TensorCores_GiveTheProductOfRoundedOperands(ProductPrecision precision, ProductCase product, string way)
    {
        int dropped = precision == ProductPrecision.Tf32 ? 13 : 16;
        using IlgpuBackend device = PtxDevice.Open(new PtxRunner(PtxDevice.Capability), precision);
        double error = WorstError(
            device,
            product,
            value => Rounded(value, dropped),
            (c, a, b) => device.MatMul(c, a, product.TransposeA, b, product.TransposeB, product.Add));

        Assert.That(error, Is.LessThan(2e-5));
        Assert.That(device.Paths.TakeNew(), Is.EqualTo([$"product [{product.M} x {product.N}]: {way}"]));
    }

    [Test]
    public void BatchOfSmallEntries_StaysOffTensorCores()
    {
        using IlgpuBackend device = PtxDevice.Open(new PtxRunner(PtxDevice.Capability), ProductPrecision.BFloat16);
        var product = new ProductCase(32, 32, 32) { Batch = 8 };
        double error = WorstError(device, product, round: value => value, (c, a, b) => device.MatMul(c, a, false, b, false, add: false));

        Assert.That(error, Is.LessThan(1e-5));
        Assert.That(device.Paths.TakeNew(), Is.EqualTo(["product [32 x 32]: tiles of 32 x 64"]));
    }

    // To nearest, ties to even, as the format has digits.
    private static float Rounded(float value, int dropped)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        bits += (1 << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
        return BitConverter.Int32BitsToSingle(bits & (-1 << dropped));
    }

    private static double WorstError(
        IlgpuBackend device, ProductCase product, Func<float, float> round, Action<View, View, View> multiply)
    {
        (int m, int n, int depth, int batch) = (product.M, product.N, product.K, product.Batch);
        var random = new Random(3);
        float[] a = Draw(batch * m * depth);
        float[] b = Draw(batch * depth * n);
        float[] before = Draw(batch * m * n);
        View viewOfC = Upload(before, m, n);
        View viewOfA = product.TransposeA ? Upload(a, depth, m) : Upload(a, m, depth);
        View viewOfB = product.TransposeB ? Upload(b, n, depth) : Upload(b, depth, n);
        viewOfC.Buffer.MarkChanged();
        long version = viewOfC.Buffer.Version;

        multiply(viewOfC, viewOfA, viewOfB);

        Assert.That(viewOfC.Buffer.Version, Is.GreaterThan(version), "what changes draws a new version");
        float[] result = new float[before.Length];
        device.Download(viewOfC, result);
        double worst = 0;
        for (int i = 0; i < result.Length; i++)
        {
            int entry = i / (m * n);
            int row = i / n % m;
            int column = i % n;
            double sum = product.Add ? before[i] : 0;
            for (int k = 0; k < depth; k++)
            {
                double left = round(a[entry * m * depth + (product.TransposeA ? k * m + row : row * depth + k)]);
                sum += left * round(b[entry * depth * n + (product.TransposeB ? column * depth + k : k * n + column)]);
            }

            worst = Math.Max(worst, double.IsNaN(result[i]) ? double.PositiveInfinity : Math.Abs(result[i] - sum));
        }

        return worst;

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

        View Upload(float[] values, int rows, int columns)
        {
            View all = device.Pool.Rent([values.Length + product.Offset], "operand");
            View view = all.Range(product.Offset, values.Length).As(batch == 1 ? [rows, columns] : [batch, rows, columns]);
            device.Upload(view, values);
            return view;
        }
    }
}
