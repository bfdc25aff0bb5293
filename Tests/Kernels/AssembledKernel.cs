namespace MiniLstm.Tests;

/// <summary>What NVIDIA's assembler made of a kernel.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Capability">For which devices.</param>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
/// <param name="StackBytes">Stack of a thread, spilled registers among it.</param>
/// <param name="SpilledBytes">Bytes that are written because registers did not suffice.</param>
/// <param name="Code">Its machine code.</param>
public sealed record AssembledKernel(
    Type Kernel, int Capability, int Registers, int SharedBytes, int StackBytes, int SpilledBytes, SassListing Code);
