using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>
/// A device on which kernels of 256 threads run: the accelerator that the environment names (<c>MINILSTM_TEST_DEVICE=opencl</c>), else ILGPU's
/// simulator with groups as large as that, where a launch takes tens of milliseconds. Memory is poisoned: what lies beside an operand is NaN, and
/// what is written beside the result shows.
/// </summary>
[Category("Backends")]
public abstract class MatMulKernelFixture
{
    // Of the sum of the magnitudes of all products: float32 rounds each of a thousand sums to 6e-8 at worst, and errors cancel.
    private const double Tolerance = 1e-6;

    private IlgpuBackend? _device;

    /// <summary>The device, open for all tests of the fixture.</summary>
    private protected IlgpuBackend Device => _device!;

    /// <summary>Whether launches are slow.</summary>
    protected bool IsSimulated { get; private set; }

    [OneTimeSetUp]
    public void OpenDevice()
    {
        BackendOptions poison = BackendOptions.Default with { Poison = true };
        string? name = Environment.GetEnvironmentVariable("MINILSTM_TEST_DEVICE");
        IsSimulated = name is null or "" or DeviceList.Simulator;
        _device = IsSimulated ? GroupDevice.Open(accelerator => new IlgpuRunner("groups", accelerator), poison) : DeviceList.Open(name!, poison);
    }

    [OneTimeTearDown]
    public void CloseDevice()
    {
        Assert.That(Device.Pool.Outstanding, Is.Empty);
        Device.Dispose();
    }

    /// <summary>Multiplies random matrices in a given way, and holds the results against float64; on a device also against those of a second time.</summary>
    private protected void Check(ProductCase product, ProductPlan? plan)
    {
        var random = new Random(14);
        float[] a = Draw(product.Batch * product.M * product.K);
        float[] b = Draw(product.Batch * product.K * product.N);
        float[] c = Draw(product.Batch * product.M * product.N);
        View viewOfA = Rent(a, product.TransposeA ? [product.Batch, product.K, product.M] : [product.Batch, product.M, product.K]);
        View viewOfB = Rent(b, product.TransposeB ? [product.Batch, product.N, product.K] : [product.Batch, product.K, product.N]);
        View viewOfC = Rent(c, [product.Batch, product.M, product.N]);
        float[] once = Multiply();
        float[] again = IsSimulated ? once : Multiply();
        Device.Pool.Return(viewOfA);
        Device.Pool.Return(viewOfB);
        Device.Pool.Return(viewOfC);

        Assert.That(WorstError(product, a, b, c, once), Is.LessThan(Tolerance), $"{product}, {plan}");
        Assert.That(again, Is.EqualTo(once), $"{product}, {plan}, a second time");

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

        // What comes before the view is poison too.
        View Rent(float[] values, Shape shape)
        {
            View all = Device.Pool.Rent([values.Length + product.Offset], "operand");
            View view = all.Range(product.Offset, values.Length).As(shape);
            Device.Upload(view, values);
            return view;
        }

        float[] Multiply()
        {
            Device.Upload(viewOfC, c);
            if (plan is { } given)
                Device.MatMul(viewOfC, viewOfA, product.TransposeA, viewOfB, product.TransposeB, product.Add, given);
            else
                Device.MatMul(viewOfC, viewOfA, product.TransposeA, viewOfB, product.TransposeB, product.Add);
            float[] result = new float[c.Length];
            Device.Download(viewOfC, result);
            return result;
        }
    }

    // The largest error as a share of the sum of the magnitudes of what was added.
    private static double WorstError(ProductCase product, float[] a, float[] b, float[] c, float[] result)
    {
        (int m, int n, int k) = (product.M, product.N, product.K);
        double worst = 0;
        for (int i = 0; i < result.Length; i++)
        {
            int entry = i / (m * n);
            int row = i / n % m;
            int column = i % n;
            double sum = product.Add ? c[i] : 0;
            double magnitude = Math.Abs(sum);
            for (int j = 0; j < k; j++)
            {
                double left = a[entry * m * k + (product.TransposeA ? j * m + row : row * k + j)];
                double right = b[entry * k * n + (product.TransposeB ? column * k + j : j * n + column)];
                sum += left * right;
                magnitude += Math.Abs(left * right);
            }

            // Max passes NaN on.
            worst = Math.Max(worst, Math.Abs(result[i] - sum) / magnitude);
        }

        return worst;
    }
}

/// <summary>A product of random matrices; each view begins so many elements into its buffer.</summary>
public sealed record ProductCase(int M, int N, int K)
{
    public int Batch { get; init; } = 1;

    public bool TransposeA { get; init; }

    public bool TransposeB { get; init; }

    public bool Add { get; init; }

    public int Offset { get; init; }
}
