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
            (M - odd, N - odd, K - odd),
            transposeA,
            transposeB,
            round: value => value,
            (c, a, b) => device.MatMul(c, a, transposeA, b, transposeB, add: true, new ProductPlan((ProductWay)way, Parts: 1)));

        Assert.That(error, Is.LessThan(2e-6));
    }

    // Sums of more parts than one, and a product small enough for one.
    [TestCase(ProductPrecision.BFloat16, 70, 200, 600, false, true)]
    [TestCase(ProductPrecision.BFloat16, 64, 65, 33, true, false)]
    [TestCase(ProductPrecision.Tf32, 70, 200, 300, false, true)]
    [TestCase(ProductPrecision.Tf32, 64, 65, 33, true, false)]
    public void TensorCores_GiveTheProductOfRoundedOperands(ProductPrecision precision, int m, int n, int k, bool transposeA, bool transposeB)
    {
        int dropped = precision == ProductPrecision.Tf32 ? 13 : 16;
        using IlgpuBackend device = PtxDevice.Open(new PtxRunner(PtxDevice.Capability), precision);
        double error = WorstError(
            device,
            (m, n, k),
            transposeA,
            transposeB,
            value => Rounded(value, dropped),
            (c, a, b) => device.MatMul(c, a, transposeA, b, transposeB, add: true));

        Assert.That(error, Is.LessThan(1e-5));
    }

    // To nearest, ties to even, as the format has digits.
    private static float Rounded(float value, int dropped)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        bits += (1 << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
        return BitConverter.Int32BitsToSingle(bits & (-1 << dropped));
    }

    private static double WorstError(
        IlgpuBackend device,
        (int M, int N, int K) size,
        bool transposeA,
        bool transposeB,
        Func<float, float> round,
        Action<View, View, View> multiply)
    {
        var random = new Random(3);
        float[] a = Draw(size.M * size.K);
        float[] b = Draw(size.K * size.N);
        float[] before = Draw(size.M * size.N);
        View viewOfC = Upload(before, [size.M, size.N]);
        View viewOfA = Upload(a, transposeA ? [size.K, size.M] : [size.M, size.K]);
        View viewOfB = Upload(b, transposeB ? [size.N, size.K] : [size.K, size.N]);

        multiply(viewOfC, viewOfA, viewOfB);

        float[] result = new float[before.Length];
        device.Download(viewOfC, result);
        double worst = 0;
        for (int i = 0; i < result.Length; i++)
        {
            double sum = before[i];
            for (int k = 0; k < size.K; k++)
            {
                double left = round(a[transposeA ? k * size.M + i / size.N : i / size.N * size.K + k]);
                sum += left * round(b[transposeB ? i % size.N * size.K + k : k * size.N + i % size.N]);
            }

            worst = Math.Max(worst, double.IsNaN(result[i]) ? double.PositiveInfinity : Math.Abs(result[i] - sum));
        }

        return worst;

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

        View Upload(float[] values, Shape shape)
        {
            View view = device.Pool.Rent(shape, "operand");
            device.Upload(view, values);
            return view;
        }
    }
}
