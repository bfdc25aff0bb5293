using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MiniLstm.Model;

/// <summary>A safetensors file open for reading: named tensors, and metadata that maps text to text.</summary>
/// <remarks>
/// <para>The layout: eight bytes, the length of the header; the header, a JSON object; the tensors' data, row-major and
/// little-endian, without holes. <see cref="Open"/> reads the header alone and first holds all of it against the file's
/// length, so that later reads cannot leave their tensor. Values are not checked: a NaN is a value.</para>
/// <para>Data goes straight from the file into the caller's memory, tensor by tensor, so that a model needs no second
/// copy of itself while it is loaded. Several threads may read from one file at a time.</para>
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkLength = 8192;

    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsTensor> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        FilePath = path;
        _handle = handle;
        byte[] header = ReadHeader();
        (Metadata, Tensors) = SafetensorsHeader.Read(path, RandomAccess.GetLength(handle), header);
        _byName = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Opens a file and checks its header. Time and memory are in proportion to the header.</summary>
    /// <param name="path">The file to read.</param>
    /// <exception cref="ModelFileException">It is not a sound safetensors file: damaged, truncated, hostile, or of
    /// another format, such as pickle, which is never read because it can execute code.</exception>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("safetensors files are little-endian, this machine is not");

        // Whoever writes a new version in the meantime may replace the name; what is open here stays as it is.
        SafeFileHandle handle = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);
        try
        {
            return new SafetensorsFile(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The path that was opened.</summary>
    public string FilePath { get; }

    /// <summary>The file's metadata; empty if it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors, in the order of their data in the file.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Whether the file has a tensor of that name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="ModelFileException">The file has none.</exception>
    public SafetensorsTensor this[string name] => _byName.TryGetValue(name, out SafetensorsTensor? tensor)
        ? tensor
        : throw new ModelFileException(
            FilePath, null, $"expected a tensor {SafetensorsHeader.Quote(name)}, found none");

    /// <summary>Reads a floating-point tensor; F64 is rounded to the nearest float32, all others are exact.</summary>
    /// <param name="name">The tensor: F64, F32, F16 or BF16.</param>
    /// <param name="values">Receives its elements, row-major; exactly as long as the tensor.</param>
    /// <exception cref="ModelFileException">There is no such tensor, or it is not floating-point.</exception>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Read(string name, Span<float> values) => ReadFloatingPoint(name, values);

    /// <summary>Reads a floating-point tensor, exactly.</summary>
    /// <inheritdoc cref="Read(string, Span{float})"/>
    public void Read(string name, Span<double> values) => ReadFloatingPoint(name, values);

    /// <summary>Reads a tensor of integers, or of booleans as 0 and 1.</summary>
    /// <param name="name">The tensor: I64, I32, I16, I8, U8 or BOOL.</param>
    /// <param name="values">Receives its elements, row-major; exactly as long as the tensor.</param>
    /// <exception cref="ModelFileException">There is no such tensor, it is not one of integers, or an element does not
    /// fit.</exception>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public void Read(string name, Span<int> values) => ReadIntegers(name, values);

    /// <inheritdoc cref="Read(string, Span{int})"/>
    public void Read(string name, Span<long> values) => ReadIntegers(name, values);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private byte[] ReadHeader()
    {
        ForeignFormat.RefuseName(FilePath);
        long fileLength = RandomAccess.GetLength(_handle);
        if (fileLength == 0)
            throw Problem(0, "expected a safetensors file, found an empty one");

        Span<byte> probe = stackalloc byte[(int)Math.Min(fileLength, ForeignFormat.ProbeLength)];
        ReadBytes(probe, 0);
        if (probe.Length <= SafetensorsHeader.Start || probe[SafetensorsHeader.Start] != '{')
            ForeignFormat.RefuseContent(FilePath, probe);

        if (probe.Length <= SafetensorsHeader.Start)
        {
            throw Problem(fileLength, $"expected {SafetensorsHeader.Start} bytes that give the header's length, and "
                + "then a header, found the end of the file (truncated?)");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(probe);
        ulong available = (ulong)(fileLength - SafetensorsHeader.Start);
        if (length is < 2 or > SafetensorsHeader.MaximumLength || length > available)
        {
            throw Problem(0, $"expected the length of the header, from 2 to {SafetensorsHeader.MaximumLength} and at "
                + $"most the {available} bytes that follow, found {length} (truncated, or not a safetensors file)");
        }

        if (probe[SafetensorsHeader.Start] != '{')
            throw Problem(SafetensorsHeader.Start, "expected {, the start of the header");

        byte[] header = new byte[length];
        ReadBytes(header, SafetensorsHeader.Start);
        return header;
    }

    private void ReadFloatingPoint<T>(string name, Span<T> values)
        where T : unmanaged, INumberBase<T>
    {
        SafetensorsTensor tensor = Find(name, values.Length);
        switch (tensor.Type)
        {
            case SafetensorsType.F64:
                ReadElements<double, T>(tensor, values, T.CreateTruncating);
                break;
            case SafetensorsType.F32:
                ReadElements<float, T>(tensor, values, T.CreateTruncating);
                break;
            case SafetensorsType.F16:
                ReadElements<Half, T>(tensor, values, T.CreateTruncating);
                break;
            case SafetensorsType.BF16:
                ReadElements<ushort, T>(
                    tensor, values, upper => T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)upper << 16)));
                break;
            default:
                throw WrongType(tensor, "floating-point numbers");
        }
    }

    private void ReadIntegers<T>(string name, Span<T> values)
        where T : unmanaged, INumberBase<T>
    {
        SafetensorsTensor tensor = Find(name, values.Length);
        switch (tensor.Type)
        {
            case SafetensorsType.I64:
                ReadElements<long, T>(tensor, values, T.CreateChecked);
                break;
            case SafetensorsType.I32:
                ReadElements<int, T>(tensor, values, T.CreateChecked);
                break;
            case SafetensorsType.I16:
                ReadElements<short, T>(tensor, values, T.CreateChecked);
                break;
            case SafetensorsType.I8:
                ReadElements<sbyte, T>(tensor, values, T.CreateChecked);
                break;
            case SafetensorsType.U8:
                ReadElements<byte, T>(tensor, values, T.CreateChecked);
                break;
            case SafetensorsType.BOOL:
                ReadElements<byte, T>(
                    tensor, values, value => value <= 1 ? T.CreateChecked(value) : throw new OverflowException());
                break;
            default:
                throw WrongType(tensor, "integers");
        }
    }

    /// <summary>Reads elements as they are stored and converts them; <paramref name="convert"/> throws
    /// <see cref="OverflowException"/> for one that it cannot take.</summary>
    private void ReadElements<TStored, T>(SafetensorsTensor tensor, Span<T> values, Func<TStored, T> convert)
        where TStored : unmanaged
        where T : unmanaged
    {
        if (typeof(TStored) == typeof(T))
        {
            ReadBytes(MemoryMarshal.AsBytes(values), tensor.Offset);
            return;
        }

        TStored[] chunk = new TStored[Math.Min(values.Length, ChunkLength)];
        long offset = tensor.Offset;
        while (!values.IsEmpty)
        {
            Span<TStored> stored = chunk.AsSpan(0, Math.Min(values.Length, chunk.Length));
            Span<byte> bytes = MemoryMarshal.AsBytes(stored);
            ReadBytes(bytes, offset);
            for (int i = 0; i < stored.Length; i++)
            {
                try
                {
                    values[i] = convert(stored[i]);
                }
                catch (OverflowException)
                {
                    throw Problem(offset + (long)i * (bytes.Length / stored.Length),
                        $"tensor {SafetensorsHeader.Quote(tensor.Name)}: expected values of {tensor.Type} that fit "
                        + $"{typeof(T).Name}, found {stored[i]}");
                }
            }

            values = values[stored.Length..];
            offset += bytes.Length;
        }
    }

    private void ReadBytes(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            int count = RandomAccess.Read(_handle, bytes, offset);
            if (count == 0)
                throw Problem(offset, "expected more data, found the end: the file became shorter while it was read");

            bytes = bytes[count..];
            offset += count;
        }
    }

    private SafetensorsTensor Find(string name, int length)
    {
        SafetensorsTensor tensor = this[name];
        if (tensor.Count != length)
        {
            throw new ArgumentException(
                $"{FilePath}: {tensor} has {tensor.Count} elements, given is room for {length}");
        }

        return tensor;
    }

    private ModelFileException WrongType(SafetensorsTensor tensor, string expected) => Problem(tensor.Offset,
        $"tensor {SafetensorsHeader.Quote(tensor.Name)}: expected {expected}, found {tensor.Type}");

    private ModelFileException Problem(long offset, string expected) => new(FilePath, offset, expected);
}
