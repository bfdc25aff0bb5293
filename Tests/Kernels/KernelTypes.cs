using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>Every kernel that can run: each kernel struct, generic ones with each type argument that the product has for them.</summary>
public static class KernelTypes
{
    // Where kernels and what they are generic over are found.
    private static readonly Type[] _structs =
        [.. new[] { typeof(IElementKernel), typeof(IMap) }.SelectMany(t => t.Assembly.GetTypes()).Where(t => t is { IsValueType: true, IsEnum: false })];

    // What these kernels compute not every cell has: without it the interface throws, which no kernel can.
    private static readonly Dictionary<Type, string> _optionalMembers = new()
    {
        [typeof(ResetKernel<>)] = nameof(GruResetBeforeCell.Reset),
        [typeof(ResetSlopeKernel<>)] = nameof(GruResetBeforeCell.ResetSlope),
        [typeof(ShowCellKernel<>)] = nameof(LstmVariantCell<>.Output),
        [typeof(ShowCellSlopeKernel<>)] = nameof(LstmVariantCell<>.OutputSlope),
    };

    /// <summary>All kernels, closed.</summary>
    public static IReadOnlyList<Type> All { get; } =
        [.. _structs.Where(IsKernel).SelectMany(Closed).Where(t => HasWhatItNeeds(t) && !IsSplit(t)).OrderBy(Name, StringComparer.Ordinal)];

    /// <summary>Those that a device of some capability, such as 80, can run: tensor cores have what is needed from 80 on.</summary>
    public static IEnumerable<Type> For(int capability) =>
        All.Where(t => capability >= 80 || !t.IsGenericType || t.GetGenericTypeDefinition() != typeof(TensorMatMulKernel<>));

    /// <summary>A type as C# writes it, without namespaces.</summary>
    public static string Name(Type type)
    {
        if (!type.IsGenericType)
            return type.Name;
        string name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }

    /// <summary>A type with each of the type arguments that fit.</summary>
    /// <exception cref="InvalidOperationException">Nothing in the product fits one of its parameters.</exception>
    public static IEnumerable<Type> Closed(Type type)
    {
        if (!type.IsGenericTypeDefinition)
            return [type];
        IEnumerable<Type[]> choices = [[]];
        foreach (Type parameter in type.GetGenericArguments())
        {
            Type[] fitting = [.. Fitting(parameter)];
            if (fitting.Length == 0)
                throw new InvalidOperationException($"{Name(type)}: nothing in the product is a {parameter.Name}");
            choices = choices.SelectMany(chosen => fitting.Select(next => (Type[])[.. chosen, next]));
        }

        return choices.Select(type.MakeGenericType);
    }

    private static bool IsKernel(Type type) => type.IsAssignableTo(typeof(IElementKernel)) || type.IsAssignableTo(typeof(IGroupKernel));

    // A parameter is told by its interface: IMap, or ICell<TSelf>. One without is an element of a buffer.
    private static IEnumerable<Type> Fitting(Type parameter)
    {
        Type? wanted = parameter.GetGenericParameterConstraints().SingleOrDefault(c => c.IsInterface);
        return wanted is null ? [typeof(float), typeof(int)] : _structs.Where(t => t.GetInterfaces().Any(i => IsSame(i, wanted))).SelectMany(Closed);
    }

    private static bool IsSame(Type one, Type other) => one.IsGenericType && other.IsGenericType
        ? one.GetGenericTypeDefinition() == other.GetGenericTypeDefinition()
        : one == other;

    private static bool HasWhatItNeeds(Type kernel) =>
        !kernel.IsGenericType
        || !_optionalMembers.TryGetValue(kernel.GetGenericTypeDefinition(), out string? member)
        || kernel.GetGenericArguments()[0].GetMethod(member) is not null;

    // A reset before the product cannot wait for its epilogue.
    private static bool IsSplit(Type kernel) => kernel.IsGenericType && kernel.GetGenericArguments() is [var cell, _] && cell == typeof(GruResetBeforeCell);
}
