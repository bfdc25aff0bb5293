using MiniLstm.Kernels;

namespace MiniLstm.Tests;

[TestFixture]
internal sealed class TensorThresholdTests
{
    // Three that pay: a layer's input projection, its weight gradient, and 2^28 multiplications of the fewest columns.
    [TestCase(6400, 2048, 512, true)]
    [TestCase(2048, 512, 6400, true)]
    [TestCase(16384, 128, 128, true)]
    [TestCase(16383, 128, 128, false)]
    [TestCase(645, 645, 645, false)]
    [TestCase(646, 646, 646, true)]
    [TestCase(64, 64, 32, false)]
    [TestCase(127, 65536, 65536, false)]
    [TestCase(65536, 127, 65536, false)]
    [TestCase(65536, 65536, 127, false)]
    public void Default_Shapes_AdmitsWhatOutweighsItsLaunches(int m, int n, int k, bool isAdmitted) =>
        Assert.That(TensorThreshold.Default.Admits(m, n, k), Is.EqualTo(isAdmitted));
}
