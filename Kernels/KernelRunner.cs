using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>How kernels are run: by ILGPU on an accelerator, or, in the tests, by an interpreter of what ILGPU made of them for CUDA.</summary>
internal abstract class KernelRunner
{
    /// <summary>How many kernels were compiled so far.</summary>
    public abstract int KernelCount { get; }

    /// <summary>How long that took.</summary>
    public TimeSpan CompileTime { get; protected set; }

    /// <summary>Threads of a group that reads one row, at most <see cref="RowGroup.MaximumSize"/>.</summary>
    public abstract int RowThreads { get; }

    /// <summary>Whether each thread of a group costs as much as an element computed: then few threads with much work are fast, and groups of
    /// hundreds take tens of milliseconds.</summary>
    public abstract bool HasSlowThreads { get; }

    /// <summary>Computes so many elements, in no particular order.</summary>
    /// <typeparam name="TKernel">The kernel.</typeparam>
    /// <param name="kernel">Its arguments.</param>
    /// <param name="count">How many; at least 1.</param>
    public abstract void RunElements<TKernel>(in TKernel kernel, int count)
        where TKernel : struct, IElementKernel;

    /// <summary>Runs a grid of groups.</summary>
    /// <typeparam name="TKernel">The kernel.</typeparam>
    /// <param name="kernel">Its arguments.</param>
    /// <param name="groups">The grid.</param>
    /// <param name="threads">Threads of each group.</param>
    public abstract void RunGroups<TKernel>(in TKernel kernel, Index3D groups, int threads)
        where TKernel : struct, IGroupKernel;
}
