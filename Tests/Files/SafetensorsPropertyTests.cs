using System.Text;
using CsCheck;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Random files: what is written is read back to the bit, what is damaged is refused or harmless.</summary>
[TestFixture]
public sealed class SafetensorsPropertyTests
{
    private static readonly Gen<SafetensorsType> _writtenType = Gen.OneOf(
        SafetensorsType.F32, SafetensorsType.F64, SafetensorsType.I32, SafetensorsType.I64);

    private static readonly Gen<(SafetensorsType Type, long[] Shape)[]> _tensors =
        Gen.Select(_writtenType, Gen.Long[0, 5].Array[0, 4]).Array[0, 6];

    private static readonly Gen<string> _text = Gen.OneOf("", "a", "b c", "é", "\"\\", "\n", "😀");

    private static readonly Gen<Dictionary<string, string>> _metadata = Gen.Dictionary(_text, _text)[0, 3];

    /// <summary>Small changes of a file: what is done, where (0 to 1 of its length), with which byte or text.</summary>
    private static readonly Gen<(int Kind, double Place, byte Value)[]> _mutations =
        Gen.Select(Gen.Int[0, 5], Gen.Double[0, 1], Gen.Byte).Array[1, 4];

    private static readonly string[] _disturbances =
    [
        "0", "1", "-1", "4", "8", "1e3", "99999999999999999999", "9223372036854775807", "4294967296", "\"", "{", "}",
        "[", "]", ",", ":", "\\u0061", "\"dtype\"", "\"shape\"", "null", "F64", "U8",
    ];

    [Test]
    public void Write_RandomTensors_AreReadBackToTheBit()
    {
        using var folder = new FileFolder();
        ForEach(300, Gen.Select(_tensors, _metadata, Gen.Int), (shapes, metadata, seed) =>
        {
            SafetensorsTensor[] tensors =
                [.. shapes.Select((tensor, i) => new SafetensorsTensor($"layer.{i}.é\"", tensor.Type, tensor.Shape))];
            byte[] bytes = Write(tensors, metadata, new Random(seed));
            Assert.That(Write(tensors, metadata, new Random(seed)), Is.EqualTo(bytes), "same input, same bytes");

            using SafetensorsFile file = folder.Open(bytes);
            Assert.That(file.Tensors.Select(tensor => tensor.ToString()),
                Is.EqualTo(tensors.Select(tensor => tensor.ToString())));
            Assert.That(file.Metadata, Is.EquivalentTo(metadata));
            var random = new Random(seed);
            foreach (SafetensorsTensor tensor in tensors)
                AssertIsReadBack(file, tensor, random);
        });
    }

    [Test]
    public void Open_FileDamagedAtRandom_IsReadOrRefusedAndAllocatesLittle()
    {
        byte[] sound = Write(
            [
                new("embedding.weight", SafetensorsType.F32, 3, 2), new("step", SafetensorsType.I64),
                new("empty", SafetensorsType.I32, 0, 7), new("moment", SafetensorsType.F64, 2),
            ],
            new() { ["format"] = "pt" },
            new Random(1));
        using var folder = new FileFolder();
        int refused = 0;
        ForEach(2000, _mutations, mutations =>
        {
            byte[] bytes = Mutate(sound, mutations);
            string path = folder.Add("case.safetensors", bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                ReadAll(file);
                Assert.That(file.Tensors.Sum(tensor => tensor.ByteCount), Is.LessThan(bytes.Length));
            }
            catch (ModelFileException exception)
            {
                Assert.That(exception.Offset, Is.Null.Or.InRange(0, bytes.Length));
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(20_000 + (20 * bytes.Length)), "bytes allocated");
        });
        Assert.That(refused, Is.InRange(1000, 1990), "else the damage is too heavy or too light to find anything");
    }

    private static byte[] Write(
        IReadOnlyList<SafetensorsTensor> tensors, Dictionary<string, string> metadata, Random random)
    {
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, tensors, metadata);
        foreach (SafetensorsTensor tensor in tensors)
        {
            long[] bits = Bits(tensor, random);
            switch (tensor.Type)
            {
                case SafetensorsType.F32:
                    writer.Write(tensor.Name, Array.ConvertAll(bits, x => BitConverter.Int32BitsToSingle((int)x)));
                    break;
                case SafetensorsType.F64:
                    writer.Write(tensor.Name, Array.ConvertAll(bits, BitConverter.Int64BitsToDouble));
                    break;
                case SafetensorsType.I32:
                    writer.Write(tensor.Name, Array.ConvertAll(bits, x => (int)x));
                    break;
                default:
                    writer.Write(tensor.Name, bits);
                    break;
            }
        }

        writer.Complete();
        return stream.ToArray();
    }

    private static void AssertIsReadBack(SafetensorsFile file, SafetensorsTensor tensor, Random random)
    {
        long[] bits = Bits(tensor, random);
        switch (tensor.Type)
        {
            case SafetensorsType.F32:
                float[] singles = new float[tensor.Count];
                file.Read(tensor.Name, singles);
                Assert.That(Array.ConvertAll(singles, BitConverter.SingleToInt32Bits),
                    Is.EqualTo(Array.ConvertAll(bits, x => (int)x)));
                break;
            case SafetensorsType.F64:
                double[] doubles = new double[tensor.Count];
                file.Read(tensor.Name, doubles);
                Assert.That(Array.ConvertAll(doubles, BitConverter.DoubleToInt64Bits), Is.EqualTo(bits));
                break;
            case SafetensorsType.I32:
                int[] integers = new int[tensor.Count];
                file.Read(tensor.Name, integers);
                Assert.That(integers, Is.EqualTo(Array.ConvertAll(bits, x => (int)x)));
                break;
            default:
                long[] longs = new long[tensor.Count];
                file.Read(tensor.Name, longs);
                Assert.That(longs, Is.EqualTo(bits));
                break;
        }
    }

    /// <summary>Random bits for the elements of a tensor, so that every NaN and denormal may occur.</summary>
    private static long[] Bits(SafetensorsTensor tensor, Random random)
    {
        long[] bits = new long[tensor.Count];
        for (int i = 0; i < bits.Length; i++)
            bits[i] = random.NextInt64(long.MinValue, long.MaxValue);
        return bits;
    }

    private static byte[] Mutate(byte[] sound, (int Kind, double Place, byte Value)[] mutations)
    {
        List<byte> bytes = [.. sound];
        foreach ((int kind, double place, byte value) in mutations)
        {
            int index = (int)(place * (bytes.Count - 1));
            byte[] text = Encoding.UTF8.GetBytes(_disturbances[value % _disturbances.Length]);
            switch (kind)
            {
                case 0:
                    bytes[index] ^= (byte)(1 << (value % 8));
                    break;
                case 1:
                    bytes.Insert(index, value);
                    break;
                case 2:
                    bytes.RemoveRange(index, Math.Min(1 + (value % 9), bytes.Count - 1 - index));
                    break;
                case 3:
                    bytes.InsertRange(index, text);
                    break;
                case 4:
                    bytes.RemoveRange(index, Math.Min(text.Length, bytes.Count - 1 - index));
                    bytes.InsertRange(index, text);
                    break;
                default:
                    bytes[value % 8] = (byte)index;
                    break;
            }
        }

        return [.. bytes];
    }

    private static void ReadAll(SafetensorsFile file)
    {
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            if (tensor.Type.ToString().Contains('F', StringComparison.Ordinal))
                file.Read(tensor.Name, new double[tensor.Count]);
            else
                file.Read(tensor.Name, new long[tensor.Count]);
        }
    }

    /// <summary>The same values in every run: Sample would draw others each time.</summary>
    private static void ForEach<T>(int count, Gen<T> values, Action<T> check)
    {
        var random = new PCG(1, 1);
        for (int i = 0; i < count; i++)
            check(values.Generate(random, null, out _));
    }

    private static void ForEach<T1, T2, T3>(int count, Gen<(T1, T2, T3)> values, Action<T1, T2, T3> check) =>
        ForEach(count, values, value => check(value.Item1, value.Item2, value.Item3));
}
