namespace MiniLstm.Tests;

/// <summary>A kernel that can be run.</summary>
/// <param name="Instructions">The program.</param>
/// <param name="ParameterSize">Bytes of the block of parameters.</param>
/// <param name="Registers">Names of registers, by number.</param>
/// <param name="Presets">What lies in registers of its own from the start, numbered after the others.</param>
/// <param name="SharedArrays">Where shared arrays lie.</param>
public sealed record PtxKernel(
    IReadOnlyList<PtxInstruction> Instructions,
    int ParameterSize,
    IReadOnlyList<string> Registers,
    IReadOnlyList<PtxPreset> Presets,
    IReadOnlyList<PtxRegion> SharedArrays)
{
    /// <summary>A kernel from its text.</summary>
    /// <exception cref="PtxFaultException">Something in it is not understood; the message names the line.</exception>
    public static PtxKernel Load(string text) => new PtxDecoder(PtxParser.Parse(text)).Decode();
}

/// <summary>A value that is there from the start: a constant, or what tells threads apart.</summary>
/// <param name="Value">The value in each lane of a warp.</param>
/// <param name="IsConstant">Whether it is the same everywhere.</param>
public sealed record PtxPreset(Func<PtxWarp, int, ulong> Value, bool IsConstant);

/// <summary>A piece of memory that a program may use.</summary>
/// <param name="Name">As faults name it.</param>
/// <param name="Start">Its first address.</param>
/// <param name="Size">Its bytes.</param>
public sealed record PtxRegion(string Name, ulong Start, ulong Size)
{
    /// <summary>Whether all of an access lies inside.</summary>
    public bool Holds(ulong address, int bytes) => address >= Start && address + (ulong)bytes <= Start + Size;
}
