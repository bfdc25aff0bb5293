using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Products so large that the host takes them in pieces: rows, panels and parts of the summed axis, packed or where they lie, shared by threads.</summary>
[Category("Widths")]
public sealed class HostProductTests
{
    private static readonly HostOptions _poisoned = new(Threads: 1, new BackendOptions(Poison: true, long.MaxValue));

    [Test]
    public void MatMul_LargeAndOdd_IsTheProductToTheSameBitsEverywhere(
        [Values] bool transposeA,
        [Values] bool transposeB,
        [Values] bool add,
        [Values("101,90,1100", "210,75,50", "20,650,130", "7,330,520", "130,64,600", "49,17,90", "7,1100,1030")] string size)
    {
        int[] axes = [.. size.Split(',').Select(int.Parse)];
        var product = new Product(axes[0], axes[1], axes[2], transposeA, transposeB, add);
        float[] first = product.Compute(HostBackend.Create(_poisoned));
        product.Check(first);
        foreach ((string name, HostBackend host) in NativeHosts.Open(_poisoned))
            Assert.That(product.Compute(host), Is.EqualTo(first), name);
    }

    // Of a weight that stays a packed copy is kept: threads begin within its panels, and further on than a block is deep.
    [TestCase(650, 1100)]
    [TestCase(1100, 650)]
    public void Linear_OfAKeptWeight_HasTheBitsOfOneThatIsPackedAnew(int outputs, int inputs)
    {
        var product = new Product(7, outputs, inputs, transposeA: false, transposeB: true, add: false);
        float[] expected = product.Compute(HostBackend.Create(_poisoned));
        foreach ((string name, HostBackend host) in NativeHosts.Open(_poisoned))
            Assert.That(product.ComputeLinear(host), Is.EqualTo(expected), name);
    }

    private sealed class Product(int m, int n, int k, bool transposeA, bool transposeB, bool add)
    {
        private readonly float[] _a = Numbers(m * k, 1);
        private readonly float[] _b = Numbers(k * n, 2);
        private readonly float[] _c = Numbers(m * n, 3);

        public float[] Compute(HostBackend opened)
        {
            using HostBackend host = opened;
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

        public float[] ComputeLinear(HostBackend opened)
        {
            using HostBackend host = opened;
            using var store = new ParameterStore(
                host, [new("weight", [n, k], values => _b.Select(b => (double)b).ToArray().CopyTo(values))]);
            using Scratch a = host.Pool.Scratch([m, k], "a");
            using Scratch c = host.Pool.Scratch([m, n], "c");
            host.Upload(a.View, _a);
            host.Linear(c.View, a.View, store.All[0].View, default);
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
