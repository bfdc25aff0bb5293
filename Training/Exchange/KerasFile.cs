using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Reads what Keras writes: whole models as <c>.h5</c> (Keras 1 to 3) or <c>.keras</c>, and weights alone as
/// <c>.h5</c> or
/// <c>.weights.h5</c>. What a file is, its content says, not its name.</summary>
/// <remarks>Files are not trusted: see <see cref="KerasModel"/> for what comes out, and
/// <see cref="ModelFileException"/> for all else.</remarks>
public static class KerasFile
{
    private const string Expected = "expected a model or weights of Keras: HDF5 or a .keras archive";
    private const int ProbeLength = 64;

    /// <summary>Reads a file. Time and memory are in proportion to its length.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="ModelFileException">It is no file of Keras, or is damaged, truncated, hostile, or of a model
    /// that is no chain of layers.</exception>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static KerasModel Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Span<byte> probe = stackalloc byte[ProbeLength];
        probe = probe[..stream.ReadAtLeast(probe, ProbeLength, throwOnEndOfStream: false)];
        stream.Position = 0;

        if (probe.StartsWith(Hdf5File.Signature))
            return KerasHdf5.Read(path, stream);
        if (probe.StartsWith("PK\x03\x04"u8))
            return KerasArchive.Read(path, stream);
        throw new ModelFileException(path, 0, $"{Expected}, found {Describe(probe)}");
    }

    private static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
            return "an empty file";
        if (start.StartsWith("version https://git-lfs"u8))
            return "a Git LFS pointer, which only names the real file: fetch that with git lfs pull";
        if (start[0] == 0x80)
            return "a pickle file, which can execute code when it is read and is therefore never read";
        if (start[0] == '{')
            return "JSON: a description of layers without weights; save the model itself";
        return $"the bytes {Convert.ToHexString(start[..Math.Min(start.Length, 8)])}";
    }
}
