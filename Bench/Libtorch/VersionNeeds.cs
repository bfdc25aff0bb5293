using System.Buffers.Binary;
using System.Text;

namespace MiniLstm.Bench;

/// <summary>Lets a native library start on a machine whose libstdc++ is older than the one it was linked with.</summary>
/// <remarks>
/// The loader refuses a library that needs a symbol version which is not there. Marked as weak, a missing version is only a warning; the symbols
/// themselves must then come from elsewhere, here from the one function that compare-libtorch loads first. The layout is that of 64-bit ELF
/// files: the section of type VERNEED is a list of libraries, each with a list of versions.
/// </remarks>
internal static class VersionNeeds
{
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>Marks the versions of newer GCCs that a library needs, 13 and later, as weak.</summary>
    /// <param name="path">The library; it is written again.</param>
    public static void Weaken(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(0x28));
        int sectionSize = Half(0x3a);
        for (int section = sections; section < sections + Half(0x3c) * sectionSize; section += sectionSize)
        {
            if (Word(section + 4) != VersionNeedSection)
                continue;
            int names = Offset(sections + (int)Word(section + 40) * sectionSize);
            int library = Offset(section);
            for (uint left = Word(section + 44); left > 0; left--)
            {
                int version = library + (int)Word(library + 8);
                for (int k = 0; k < Half(library + 2); k++)
                {
                    if (IsNewer(Name(names + (int)Word(version + 8))))
                        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(version + 4), Weak);
                    version += (int)Word(version + 12);
                }

                library += (int)Word(library + 12);
            }
        }

        File.WriteAllBytes(path, file);

        ushort Half(int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

        uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

        int Offset(int section) => (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(section + 24));

        string Name(int at) => Encoding.ASCII.GetString(file, at, Array.IndexOf(file, (byte)0, at) - at);
    }

    private static bool IsNewer(string version) =>
        version is "GLIBCXX_3.4.31" or "GLIBCXX_3.4.32" or "CXXABI_1.3.14" or "CXXABI_1.3.15";
}
