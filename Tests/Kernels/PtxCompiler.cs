using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Turns kernels into PTX, as ILGPU does on a machine with CUDA.</summary>
public static class PtxCompiler
{
    private static readonly MethodInfo _runElements = Entry(nameof(KernelEntry.RunElements));
    private static readonly MethodInfo _runGroup = Entry(nameof(KernelEntry.RunGroup));

    // A kernel that is refused leaves a context in which others fail too: each capability has its own, and ends with the first that fails.
    private static readonly Dictionary<int, Lazy<Dictionary<Type, string>>> _all = Capabilities.ToDictionary(
        capability => capability, capability => new Lazy<Dictionary<Type, string>>(() => CompileAll(capability)));

    /// <summary>The capabilities that are checked, such as 80 for sm_80: Turing, Ampere in data centres and on desks, Hopper.</summary>
    public static IReadOnlyList<int> Capabilities => [75, 80, 86, 90];

    /// <summary>The PTX of every kernel; compiled once.</summary>
    public static IReadOnlyDictionary<Type, string> All(int capability) => _all[capability].Value;

    // As many contexts as cores.
    private static Dictionary<Type, string> CompileAll(int capability)
    {
        int batches = Environment.ProcessorCount;
        return KernelTypes.For(capability)
            .Select((kernel, k) => (Kernel: kernel, Batch: k % batches))
            .GroupBy(x => x.Batch, x => x.Kernel)
            .AsParallel()
            .SelectMany(batch => Compile(batch, capability))
            .ToDictionary();
    }

    /// <summary>The PTX of some kernels.</summary>
    /// <exception cref="InvalidOperationException">One cannot be compiled; the message names it.</exception>
    public static Dictionary<Type, string> Compile(IEnumerable<Type> kernels, int capability)
    {
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2).EnableAlgorithms());
        var architecture = new CudaArchitecture(capability / 10, capability % 10);
        using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, InstructionSet(capability), null);
        return kernels.ToDictionary(kernel => kernel, kernel => Compile(kernel, backend));
    }

    // The first of NVIDIA's instruction sets that knows the capability, and ours of asynchronous copies.
    private static CudaInstructionSet InstructionSet(int capability) => capability switch
    {
        90 => CudaInstructionSet.ISA_78,
        86 => CudaInstructionSet.ISA_71,
        _ => CudaInstructionSet.ISA_70,
    };

    private static string Compile(Type kernel, PTXBackend backend)
    {
        MethodInfo entry = kernel.IsAssignableTo(typeof(IElementKernel)) ? _runElements : _runGroup;
        try
        {
            var description = EntryPointDescription.FromExplicitlyGroupedKernel(entry.MakeGenericMethod(kernel));
            return ((PTXCompiledKernel)backend.Compile(description, KernelSpecialization.Empty)).PTXAssembly;
        }
        catch (InternalCompilerException e)
        {
            throw new InvalidOperationException($"{KernelTypes.Name(kernel)}: {e.GetBaseException().Message}", e);
        }
    }

    private static MethodInfo Entry(string name) => typeof(KernelEntry).GetMethod(name, BindingFlags.Public | BindingFlags.Static)!;
}
