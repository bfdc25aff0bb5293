using System.Runtime.Intrinsics;
using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Products so large that the host takes them in pieces: rows, panels and parts of the summed axis, packed or where they lie, shared by threads.</summary>
[Category("Widths")]
public sealed class HostProductTests
{
    // Wider vectors than the machine's are emulated, and multiply and add in one rounding even where the machine has two.
    private static readonly (string Name, bool IsNative, Func<HostBackend> Open)[] _hosts =
    [
        ("2 threads", true, () => HostBackend.Create(Threads(2))),
        ("3 threads", true, () => HostBackend.Create(Threads(3))),
        ("16 lanes", Vector512.IsHardwareAccelerated, () => new HostBackend<Lanes16>(Threads(2))),
        ("8 x 2 lanes", Vector256.IsHardwareAccelerated, () => new HostBackend<Lanes8x2>(Threads(2))),
        ("4 x 4 lanes", true, () => new HostBackend<Lanes4x4>(Threads(2))),
    ];

    [Test]
    public void MatMul_LargeAndOdd_IsTheProductToTheSameBitsEverywhere(
        [Values] bool transposeA,
        [Values] bool transposeB,
        [Values] bool add,
        [Values("101,90,1100", "210,75,50", "20,650,130", "7,330,520", "130,64,600", "49,17,90")] string size)
    {
        int[] axes = [.. size.Split(',').Select(int.Parse)];
        var product = new Product(axes[0], axes[1], axes[2], transposeA, transposeB, add);
        float[] first = product.Compute(() => HostBackend.Create(Threads(1)));
        product.Check(first);
        foreach ((string name, _, Func<HostBackend> open) in _hosts.Where(host => host.IsNative))
            Assert.That(product.Compute(open), Is.EqualTo(first), name);
    }

    private static HostOptions Threads(int count) => new(count, new BackendOptions(Poison: true, long.MaxValue));

    private sealed class Product(int m, int n, int k, bool transposeA, bool transposeB, bool add)
    {
        private readonly float[] _a = Numbers(m * k, 1);
        private readonly float[] _b = Numbers(k * n, 2);
        private readonly float[] _c = Numbers(m * n, 3);

        public float[] Compute(Func<HostBackend> open)
        {
            using HostBackend host = open();
            using Scratch a = host.Pool.Scratch(transposeA ? [k, m] : [m, k], "a");
            using Scratch b = host.Pool.Scratch(transposeB ? [n, k] : [k, n], "b");
            using Scratch c = host.Pool.Scratch([m, n], "c");
            host.Upload(a.View, _a);
            host.Upload(b.View, _b);
            host.Upload(c.View, _c);
            host.MatMul(c.View, a.View, transposeA, b.View, transposeB, add);
            float[] result = new float[m * n];
            host.Download(c.View, result);
            return result;
        }

        public void Check(float[] result)
        {
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    double sum = add ? _c[i * n + j] : 0;
                    double size = Math.Abs(sum);
                    for (int l = 0; l < k; l++)
                    {
                        double term = (double)_a[transposeA ? l * m + i : i * k + l] * _b[transposeB ? j * k + l : l * n + j];
                        sum += term;
                        size += Math.Abs(term);
                    }

                    Assert.That(result[i * n + j], Is.EqualTo(sum).Within(1e-6 * size), $"[{i}, {j}]");
                }
            }
        }

        private static float[] Numbers(int count, ulong stream)
        {
            var random = new RandomStream(seed: 5, stream);
            return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextUniform() - 0.5))];
        }
    }
}
