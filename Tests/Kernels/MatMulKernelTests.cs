using MiniLstm.Kernels;

namespace MiniLstm.Tests;

[TestFixture]
internal sealed class MatMulKernelTests : MatMulKernelFixture
{
    private static readonly ProductWay[] _tiles =
        [ProductWay.Tile32x64, ProductWay.Tile128x32, ProductWay.Tile64x64, ProductWay.Tile128x128];

    private static readonly ProductWay[] _others = [ProductWay.Naive, ProductWay.Tiled, ProductWay.RegisterTiled, ProductWay.Rows];

    // Two panels of K, of which the second is half full, and one tile that is not.
    [Test]
    public void Tiles_RowsOfWholeQuads_GiveTheProduct(
        [ValueSource(nameof(_tiles))] ProductWay way, [Values] bool transposeA, [Values] bool transposeB) =>
        Check(new(20, 12, 12) { TransposeA = transposeA, TransposeB = transposeB, Add = transposeA }, new(way, 1));

    // Three panels of K, the last with one k.
    [Test]
    public void Tiles_OddSizes_GiveTheProduct(
        [ValueSource(nameof(_tiles))] ProductWay way, [Values] bool transposeA, [Values] bool transposeB) =>
        Check(new(19, 11, 17) { TransposeA = transposeA, TransposeB = transposeB, Add = transposeB }, new(way, 1));

    [TestCase(ProductWay.Tile32x64, 33, 65)]
    [TestCase(ProductWay.Tile128x32, 129, 33)]
    [TestCase(ProductWay.Tile64x64, 65, 68)]
    [TestCase(ProductWay.Tile128x128, 132, 132)]
    public void Tiles_SomewhatLargerThanOne_GiveTheProduct(object way, int m, int n) =>
        Check(new(m, n, 8) { TransposeA = true }, new((ProductWay)way, 1));

    [Test]
    public void Tiles_OfABatch_MultiplyEntryByEntry([ValueSource(nameof(_tiles))] ProductWay way) =>
        Check(new(4, 8, 9) { Batch = 2, TransposeB = true, Add = true }, new(way, 1));

    // Rows of whole quads, but none at a multiple of 16 bytes.
    [Test]
    public void Tiles_ViewsThatBeginAnywhere_GiveTheProduct([ValueSource(nameof(_tiles))] ProductWay way) =>
        Check(new(8, 12, 8) { Offset = 1 }, new(way, 1));

    [Test]
    public void Tiles_KInParts_GiveTheProduct([ValueSource(nameof(_tiles))] ProductWay way, [Values] bool add) =>
        Check(new(8, 7, 20) { Batch = 2, TransposeA = true, Add = add }, new(way, 2));

    [Test]
    public void OtherWays_GiveTheProduct([ValueSource(nameof(_others))] ProductWay way, [Values] bool transposeA, [Values] bool transposeB) =>
        Check(new(3, 18, 9) { TransposeA = transposeA, TransposeB = transposeB, Add = transposeA, Batch = transposeB ? 2 : 1 }, new(way, 1));

    [Test]
    public void Rows_KInParts_GiveTheProduct([Values] bool transposeB) =>
        Check(new(2, 5, 50) { TransposeB = transposeB, Add = true }, new(ProductWay.Rows, 3));

    [Test]
    public void MatMul_OneColumn_IsTheRowOfTheTransposedProduct([Values] bool transposeA, [Values] bool transposeB) =>
        Check(new(5, 1, 7) { TransposeA = transposeA, TransposeB = transposeB, Batch = 2 }, plan: null);

    [Test]
    public void AllWays_ManySizes_GiveTheProduct([Values] ProductWay way)
    {
        if (IsSimulated)
            Assert.Ignore("takes minutes on ILGPU's simulator: name a device in MINILSTM_TEST_DEVICE");
        int number = 0;
        foreach (int m in (int[])[1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 129])
        {
            foreach (int n in (int[])[1, 16, 65, 132])
            {
                foreach (int k in (int[])[1, 7, 8, 9, 16, 64, 1000, 1003])
                {
                    // Transpositions, adding and beginnings in an order that meets all pairs.
                    number++;
                    var product = new ProductCase(m, n, k)
                    {
                        TransposeA = number % 3 == 0,
                        TransposeB = number % 5 < 2,
                        Add = number % 7 < 3,
                        Offset = number % 11 == 0 ? 3 : 0,
                    };
                    Check(product, new(way, way >= ProductWay.Rows && k >= 64 ? 3 : 1));
                }
            }
        }
    }

    [Test]
    public void MatMul_Way_IsNoted()
    {
        Device.Paths.TakeNew();
        Check(new(7, 5, 3), new(ProductWay.Tile32x64, 1));

        Assert.That(
            Device.Paths.TakeNew(),
            Is.EqualTo([
                "product [7 x 5]: tiles of 32 x 64",
                "operands of a product [7 x 5]: read element by element, since rows or beginnings are no multiples of four elements",
            ]));
    }
}
