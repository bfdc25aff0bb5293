namespace MiniLstm.Tests;

/// <summary>The memory that all groups see: pieces of the host's own, at their addresses.</summary>
/// <param name="regions">The pieces.</param>
public sealed unsafe class PtxGlobalMemory(IReadOnlyList<PtxRegion> regions) : PtxMemory("global", regions)
{
    /// <inheritdoc/>
    public override ulong Read(ulong address, int bytes, int thread) => bytes switch
    {
        1 => *(byte*)address,
        2 => *(ushort*)address,
        4 => *(uint*)address,
        _ => *(ulong*)address,
    };

    /// <inheritdoc/>
    public override void Write(ulong address, int bytes, ulong value, int thread)
    {
        switch (bytes)
        {
            case 1:
                *(byte*)address = (byte)value;
                break;
            case 2:
                *(ushort*)address = (ushort)value;
                break;
            case 4:
                *(uint*)address = (uint)value;
                break;
            default:
                *(ulong*)address = value;
                break;
        }
    }

    /// <inheritdoc/>
    public override ulong Change(ulong address, int bytes, Func<ulong, ulong> change, int thread)
    {
        ulong old = Read(address, bytes, thread);
        Write(address, bytes, change(old), thread);
        return old;
    }
}
