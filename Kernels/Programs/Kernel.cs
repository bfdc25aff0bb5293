using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>
/// A kernel that computes each element by itself. A kernel is a struct: its fields are the arguments, so that a launch names them, and its method is
/// the program. Absent operands are views of length 0.
/// </summary>
/// <remarks>What runs on every device: no warp intrinsics, barriers where all threads of a group come by, float32 and integers only. Results depend on
/// sizes alone: sums are split and combined in an order that is part of the kernel.</remarks>
internal interface IElementKernel
{
    /// <summary>Computes one element.</summary>
    /// <param name="i">Its number, from 0.</param>
    void Run(int i);
}

/// <summary>A kernel whose threads work together in groups: all of one group, such as those of a row, see the same shared memory.</summary>
internal interface IGroupKernel
{
    /// <summary>The program of one thread; which one, <see cref="Grid"/> and <see cref="Group"/> say.</summary>
    void Run();
}

/// <summary>The entry points of all kernels.</summary>
internal static class KernelEntry
{
    /// <summary>Computes elements, each thread one and every so many further ones if there are more elements than threads.</summary>
    /// <typeparam name="TKernel">The kernel.</typeparam>
    /// <param name="kernel">Its arguments.</param>
    /// <param name="count">How many elements.</param>
    public static void RunElements<TKernel>(TKernel kernel, int count)
        where TKernel : struct, IElementKernel
    {
        // Unsigned, so that a step past the last element cannot wrap round.
        uint step = (uint)(Grid.DimX * Group.DimX);
        for (uint i = (uint)Grid.GlobalIndex.X; i < (uint)count; i += step)
            kernel.Run((int)i);
    }

    /// <summary>Runs one thread of a group.</summary>
    /// <typeparam name="TKernel">The kernel.</typeparam>
    /// <param name="kernel">Its arguments.</param>
    public static void RunGroup<TKernel>(TKernel kernel)
        where TKernel : struct, IGroupKernel => kernel.Run();
}

/// <summary>What kernels do with results.</summary>
internal static class Result
{
    /// <summary>Writes a value, or adds it to what is there.</summary>
    /// <param name="to">Where.</param>
    /// <param name="value">What.</param>
    /// <param name="add">Whether to add.</param>
    public static void Put(ref float to, float value, Flag add) => to = add ? to + value : value;
}
