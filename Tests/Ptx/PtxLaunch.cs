namespace MiniLstm.Tests;

/// <summary>One run of a kernel over a grid of groups.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Parameters">The block of parameters.</param>
/// <param name="Global">The memory that it may use.</param>
/// <param name="GroupsX">Groups of the grid's first axis.</param>
/// <param name="GroupsY">Of the second.</param>
/// <param name="GroupsZ">Of the third.</param>
/// <param name="Threads">Threads of each group.</param>
public sealed record PtxLaunch(
    PtxKernel Kernel, byte[] Parameters, PtxGlobalMemory Global, int GroupsX, int GroupsY, int GroupsZ, int Threads)
{
    // Far more than any test needs: a program that has lost its way ends too.
    private const long Limit = 1_000_000_000;

    /// <summary>Instructions that warps executed.</summary>
    public long Executed { get; private set; }

    /// <summary>Runs it, one group after another.</summary>
    /// <exception cref="PtxFaultException">The program does what no device would bear.</exception>
    public void Run()
    {
        if (Parameters.Length != Kernel.ParameterSize)
            throw new PtxFaultException($"the kernel has {Kernel.ParameterSize} bytes of parameters, {Parameters.Length} were given");
        var group = new PtxGroup(this);
        for (int z = 0; z < GroupsZ; z++)
        {
            for (int y = 0; y < GroupsY; y++)
            {
                for (int x = 0; x < GroupsX; x++)
                    group.Run(x, y, z);
            }
        }
    }

    /// <summary>Counts an instruction.</summary>
    /// <exception cref="PtxFaultException">It is one too many.</exception>
    public void Count(PtxInstruction instruction)
    {
        if (++Executed > Limit)
            throw new PtxFaultException(instruction.Statement, $"more than {Limit:N0} instructions were executed");
    }
}
