using MiniLstm.Kernels;

namespace MiniLstm.Tests;

[TestFixture]
internal sealed class ProductPlanTests
{
    // M, N, K: generation, a recurrent step, a layer's input projection, the logits of 65 characters, and gradients of weights over all steps.
    [TestCase(1, 512, 128, ProductWay.Rows, 1)]
    [TestCase(4, 512, 128, ProductWay.Rows, 1)]
    [TestCase(5, 512, 128, ProductWay.Tile32x64, 1)]
    [TestCase(64, 2048, 512, ProductWay.Tile32x64, 2)]
    [TestCase(64, 2048, 511, ProductWay.Tile32x64, 1)]
    [TestCase(2240, 65, 128, ProductWay.Tile128x32, 1)]
    [TestCase(2240, 32, 128, ProductWay.Tile128x32, 1)]
    [TestCase(2240, 64, 128, ProductWay.Tile64x64, 1)]
    [TestCase(2240, 512, 128, ProductWay.Tile128x128, 1)]
    [TestCase(1024, 1024, 1024, ProductWay.Tile128x128, 2)]
    [TestCase(2048, 2048, 1024, ProductWay.Tile128x128, 1)]
    [TestCase(512, 128, 2048, ProductWay.Tile64x64, 8)]
    [TestCase(65, 128, 2048, ProductWay.Tile64x64, 16)]
    [TestCase(2, 3, 1_000_000, ProductWay.Rows, 64)]
    public void Of_TypicalShapes_ChoosesTileAndParts(int m, int n, int k, object way, int parts) => Assert.That(
        ProductPlan.Of(new ProductShape(m, n, k, false, false), batch: 1), Is.EqualTo(new ProductPlan((ProductWay)way, parts)));

    [Test]
    public void Of_ABatch_CountsAllItsGroups()
    {
        var shape = new ProductShape(128, 128, 1024, false, false);

        Assert.That(ProductPlan.Of(shape, batch: 1), Is.EqualTo(new ProductPlan(ProductWay.Tile64x64, 8)));
        Assert.That(ProductPlan.Of(shape, batch: 128), Is.EqualTo(new ProductPlan(ProductWay.Tile128x128, 1)));
    }
}
