using System.Diagnostics;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Damaged files of Keras: whatever bytes are wrong, one clear line comes out of it, and soon.</summary>
public sealed class KerasFuzzTests
{
    private const int Cuts = 40;
    private const int Flips = 100;
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(10);

    [TestCaseSource(typeof(KerasFiles), nameof(KerasFiles.All))]
    public void Read_FileCutAnywhere_IsRefusedOrRead(string name)
    {
        byte[] content = File.ReadAllBytes(KerasFiles.PathOf(name));
        using var folder = new FileFolder();
        for (int cut = 0; cut < Cuts; cut++)
        {
            // Evenly over the file, and one by one at its start, where most of the structure is.
            int length = cut % 2 == 0 ? (int)((long)content.Length * cut / Cuts) : cut * 7;
            ReadOrRefuse(folder.Add("cut.h5", content.AsSpan(0, length)), $"{name} cut to {length} bytes");
        }
    }

    [TestCaseSource(typeof(KerasFiles), nameof(KerasFiles.All))]
    public void Read_BytesChanged_IsRefusedOrRead(string name)
    {
        byte[] content = File.ReadAllBytes(KerasFiles.PathOf(name));
        var random = new Random(name.Length);
        using var folder = new FileFolder();
        for (int flip = 0; flip < Flips; flip++)
        {
            byte[] damaged = [.. content];
            int bytes = 1 + flip % 8;
            for (int k = 0; k < bytes; k++)
                damaged[random.Next(flip % 2 == 0 ? damaged.Length : Math.Min(damaged.Length, 4096))] = Value(random);
            ReadOrRefuse(folder.Add("flipped.h5", damaged), $"{name}, flip {flip}");
        }
    }

    // Large and small numbers do more harm than those in between.
    private static byte Value(Random random) => random.Next(4) switch
    {
        0 => 0xFF,
        1 => 0,
        2 => (byte)random.Next(1, 9),
        _ => (byte)random.Next(256),
    };

    private static void ReadOrRefuse(string path, string what)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            KerasFile.Read(path);
        }
        catch (ModelFileException error)
        {
            Assert.That(error.Message, Does.Not.Match("[\\x00-\\x1f]"), what);
            Assert.That(error.Message, Does.StartWith(path).And.Length.LessThan(path.Length + 700), what);
        }
        catch (Exception error)
        {
            Assert.Fail($"{what}: {error}");
        }

        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(_longest), what);
    }
}
