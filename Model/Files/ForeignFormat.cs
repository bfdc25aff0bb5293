namespace MiniLstm.Model;

/// <summary>Recognises what people hand over in place of a safetensors file, to say what to do about it.</summary>
/// <remarks>The message is the only purpose: none of these formats is read in any case.</remarks>
internal static class ForeignFormat
{
    /// <summary>How many of a file's first bytes are looked at.</summary>
    public const int ProbeLength = 512;

    private const string Pickle = "a pickle file, which can execute code when it is read and is therefore never read: "
        + "export the model with safetensors.torch.save_file instead";

    /// <summary>Refuses a file whose name says that it is a pickle file, whatever it contains.</summary>
    /// <exception cref="ModelFileException">It does.</exception>
    public static void RefuseName(string file)
    {
        string extension = Path.GetExtension(file).ToLowerInvariant();
        if (extension is ".pt" or ".pth" or ".bin" or ".ckpt" or ".pkl" or ".pickle")
            throw new ModelFileException(file, null, $"expected a safetensors file, {extension} names {Pickle}");
    }

    /// <summary>Refuses a file that does not begin as safetensors does and whose first bytes are familiar.</summary>
    /// <remarks>To be asked about no other: 80 02, the start of most pickle files, also starts every safetensors file
    /// whose header has 640 bytes.</remarks>
    /// <exception cref="ModelFileException">They are.</exception>
    public static void RefuseContent(string file, ReadOnlySpan<byte> start)
    {
        // Opcode PROTO and the protocol's number; files of PyTorch 1.6 and later are a zip with a pickle file in it.
        if (start is [0x80, >= 0x02 and <= 0x05, ..]
            || (start.StartsWith("PK\x03\x04"u8) && start.IndexOf("data.pkl"u8) >= 0))
        {
            throw new ModelFileException(file, 0, $"expected a safetensors file, found {Pickle}");
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            throw new ModelFileException(file, 0, "expected a safetensors file, found a Git LFS pointer, which only "
                + "names the real file: fetch that with git lfs pull");
        }
    }
}
