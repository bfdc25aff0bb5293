using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Weights in chunks, compressed or not, as h5py writes them on request: Parity/hdf5/make_packed.py made the
/// files.</summary>
public sealed class Hdf5PackedTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Parity", "hdf5");

    [TestCase("packed-earliest.h5", 10)]
    [TestCase("packed-latest.h5", 8)]
    public void Read_ArraysInEveryWayToPackThem_GivesTheirValues(string name, int layers)
    {
        KerasModel model = KerasFile.Read(Path.Combine(Folder, name));

        Assert.That(model.Layers, Has.Count.EqualTo(layers));
        foreach (KerasLayer layer in model.Layers)
        {
            float[] kernel = [.. from row in Enumerable.Range(0, 23) from column in Enumerable.Range(0, 17) select row * 100f + column];
            float[] expected = layer.Name switch
            {
                "paged" => [.. Enumerable.Range(0, 40 * 40).Select(k => (float)k)],
                "empty" => new float[23 * 17],
                _ => kernel,
            };
            Assert.That(layer.Weights.Single().Values, Is.EqualTo(expected), layer.Name);
        }
    }

    [TestCase("packed-earliest.h5")]
    [TestCase("packed-latest.h5")]
    public void Read_BytesChanged_IsRefusedOrRead(string name)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(Folder, name));
        var random = new Random(5);
        using var folder = new FileFolder();
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] damaged = [.. content];
            for (int k = 0; k < 1 + trial % 4; k++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            string path = folder.Add("damaged.h5", damaged);
            try
            {
                KerasFile.Read(path);
            }
            catch (ModelFileException error)
            {
                Assert.That(error.Message, Does.StartWith(path).And.Not.Contain("\n"), $"trial {trial}");
            }
        }
    }

    [Test]
    public void Read_ChunkedArrayLargerThanTheFileCanHold_IsRefusedBeforeMemoryIsTaken()
    {
        byte[] content = File.ReadAllBytes(Path.Combine(Folder, "packed-earliest.h5"));
        byte[] sizes = [23, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0];
        for (int at = 0, next; (next = content.AsSpan(at).IndexOf(sizes)) >= 0; at += next + 1)
            content[at + next + 3] = 4;
        using var folder = new FileFolder();
        string path = folder.Add("large.h5", content);

        Assert.That(() => KerasFile.Read(path), Throws.TypeOf<ModelFileException>()
            .With.Message.Contains("out of all proportion").Or.Message.Contains("beyond the file's end"));
    }
}
