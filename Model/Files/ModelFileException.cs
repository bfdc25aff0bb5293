namespace MiniLstm.Model;

/// <summary>A model's file is not what its format promises: damaged, truncated, hostile or of another kind.</summary>
/// <param name="file">Path of the file.</param>
/// <param name="offset">Byte of the file at which the contradiction lies, where one byte can be named.</param>
/// <param name="expected">What was expected and what was found instead, in one line.</param>
public sealed class ModelFileException(string file, long? offset, string expected)
    : Exception(offset is null ? $"{file}: {expected}" : $"{file}, byte {offset}: {expected}")
{
    /// <summary>Path of the file.</summary>
    public string File { get; } = file;

    /// <summary>Byte of the file at which the contradiction lies, or null where no one byte can be named.</summary>
    public long? Offset { get; } = offset;
}
