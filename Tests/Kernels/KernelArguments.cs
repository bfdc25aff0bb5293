using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace MiniLstm.Tests;

/// <summary>
/// The arguments of a kernel as a block of bytes, laid out as ILGPU does for CUDA: fields in order, each at a multiple of its alignment, a view as
/// its address and its length, a struct without fields as one byte. The memory of the views is what the kernel may touch.
/// </summary>
public sealed class KernelArguments
{
    private readonly List<byte> _bytes = [];
    private readonly List<PtxRegion> _regions = [];
    private readonly List<(string Name, ulong Value)> _numbers = [];

    /// <summary>The arguments of one launch.</summary>
    /// <param name="arguments">The kernel, and what follows it.</param>
    public KernelArguments(params ReadOnlySpan<object> arguments)
    {
        foreach (object argument in arguments)
            Append(argument, argument.GetType().Name);
    }

    /// <summary>The block.</summary>
    public byte[] Bytes => [.. _bytes];

    /// <summary>The memory of all views.</summary>
    public IReadOnlyList<PtxRegion> Regions => _regions;

    /// <summary>Numbers of 64 bits, which may be addresses.</summary>
    public IReadOnlyList<(string Name, ulong Value)> Numbers => _numbers;

    private void Append(object value, string name)
    {
        Type type = value.GetType();
        if (type.IsEnum)
            Append(Convert.ChangeType(value, Enum.GetUnderlyingType(type), null), name);
        else if (type.IsPrimitive)
            AppendNumber(value, name);
        else if (value is ArrayView<float> reals)
            AppendView(reals, name);
        else if (value is ArrayView<int> integers)
            AppendView(integers, name);
        else
            AppendFields(value, name);
    }

    private void AppendFields(object value, string name)
    {
        int alignment = Alignment(value.GetType());
        Align(alignment);
        FieldInfo[] fields = [.. Fields(value.GetType())];
        if (fields.Length == 0)
            _bytes.Add(0);
        foreach (FieldInfo field in fields)
            Append(field.GetValue(value)!, $"{name}.{field.Name.Trim('<').Split('>')[0]}");
        Align(alignment);
    }

    private void AppendView<T>(ArrayView<T> view, string name)
        where T : unmanaged
    {
        ulong address = view.Length == 0 ? 0 : (ulong)view.LoadEffectiveAddressAsPtr();
        if (view.Length > 0)
            _regions.Add(new(name, address, (ulong)view.LengthInBytes));
        AppendPrimitive(address);
        AppendPrimitive(view.Length);
    }

    private void AppendNumber(object value, string name)
    {
        if (value is ulong number)
            _numbers.Add((name, number));
        AppendPrimitive(value);
    }

    private void AppendPrimitive(object value)
    {
        ReadOnlySpan<byte> bytes = value switch
        {
            int v => BitConverter.GetBytes(v),
            uint v => BitConverter.GetBytes(v),
            long v => BitConverter.GetBytes(v),
            ulong v => BitConverter.GetBytes(v),
            float v => BitConverter.GetBytes(v),
            double v => BitConverter.GetBytes(v),
            byte v => [v],
            _ => throw new NotSupportedException($"no kernel takes a {value.GetType().Name} yet"),
        };
        Align(bytes.Length);
        _bytes.AddRange(bytes);
    }

    private void Align(int alignment)
    {
        while (_bytes.Count % alignment > 0)
            _bytes.Add(0);
    }

    private static int Alignment(Type type) =>
        type.IsEnum ? Alignment(Enum.GetUnderlyingType(type))
        : type.IsPrimitive ? Marshal.SizeOf(type)
        : IsView(type) ? sizeof(ulong)
        : Fields(type).Select(f => Alignment(f.FieldType)).DefaultIfEmpty(1).Max();

    private static bool IsView(Type type) => type == typeof(ArrayView<float>) || type == typeof(ArrayView<int>);

    private static IEnumerable<FieldInfo> Fields(Type type) => type
        .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .OrderBy(f => f.MetadataToken);
}
