using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <content>The peak of the arithmetic.</content>
public sealed partial class IlgpuBackend
{
    /// <summary>Multiplies and adds in registers, <see cref="PeakKernel.OperationsOfRound"/> operations for each element and round.</summary>
    /// <param name="to">What comes of it: an element for each thread.</param>
    /// <param name="rounds">How long.</param>
    internal void MultiplyInRegisters(View to, int rounds) => Launch(new PeakKernel(Destination(to), x: 0.5f, rounds), to.Count);
}
