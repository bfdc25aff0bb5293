using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Writes memory of a device to a safetensors file and reads it back: strictly, exactly the tensors that are
/// expected, or as far as they go.</summary>
/// <remarks>A backend of float32 writes F32, one of float64 F64; either reads both, and the 16-bit types too.</remarks>
public static class TensorFile
{
    private const int MaximumListed = 10;

    // What other programs want to see before they take a file for tensors in PyTorch's layout.
    private static readonly Dictionary<string, string> _metadata = new() { ["format"] = "pt" };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file to create or replace.</param>
    /// <param name="device">Where the memory is.</param>
    /// <param name="tensors">The memory and its names, in the order in which the file is to have them.</param>
    /// <param name="metadata">What the file says about itself; absent: that its tensors have PyTorch's layout.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(
        string path,
        Backend device,
        IReadOnlyList<(string Name, View View)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        bool isDouble = device.Real == ElementKind.Float64;
        SafetensorsType type = isDouble ? SafetensorsType.F64 : SafetensorsType.F32;
        SafetensorsTensor[] declared =
            [.. tensors.Select(tensor => new SafetensorsTensor(tensor.Name, type, Axes(tensor.View.Shape)))];
        AtomicFile.Write(path, stream =>
        {
            var writer = new SafetensorsWriter(stream, declared, metadata ?? _metadata);
            foreach ((string name, View view) in tensors)
            {
                if (isDouble)
                {
                    double[] values = new double[view.Count];
                    device.Download(view, values);
                    writer.Write(name, values);
                }
                else
                {
                    device.Download(view, values => writer.Write(name, values));
                }
            }

            writer.Complete();
        });
    }

    /// <summary>Reads a file into memory; nothing is written unless names and shapes are all as expected.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the memory is.</param>
    /// <param name="tensors">The memory and its names.</param>
    /// <param name="strict">Whether the file must have exactly these tensors. If not, memory whose tensor is missing
    /// keeps its values, and tensors that are not expected are left out.</param>
    /// <returns>What was read, what was missing, and what was left out.</returns>
    /// <exception cref="ModelFileException">The file is unsound; a tensor has another shape or is not of floating point;
    /// or, if strict, one is missing or unexpected.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static WeightsReport Read(
        string path, Backend device, IReadOnlyList<(string Name, View View)> tensors, bool strict = true)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string[] names = [.. tensors.Select(tensor => tensor.Name)];
        if (strict)
            CheckNames(file, names);
        (string Name, View View)[] found = [.. tensors.Where(tensor => file.Contains(tensor.Name))];
        CheckShapes(file, found.Select(tensor => (tensor.Name, tensor.View.Shape)));
        Fill(file, device, found);
        return new(
            [.. found.Select(tensor => new LoadedTensor(tensor.Name, file[tensor.Name].Type, tensor.Name))],
            [.. names.Where(name => !file.Contains(name))],
            [.. file.Tensors.Select(tensor => tensor.Name).Except(names)]);
    }

    /// <summary>Opens a file and holds names and shapes in its header against what is expected. Reads no
    /// values.</summary>
    /// <exception cref="ModelFileException">As <see cref="Read"/>.</exception>
    internal static SafetensorsFile Open(string path, IReadOnlyList<(string Name, Shape Shape)> expected)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            CheckNames(file, [.. expected.Select(tensor => tensor.Name)]);
            CheckShapes(file, expected);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads tensors that are known to be there, with the shapes of the memory.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal static void Fill(SafetensorsFile file, Backend device, IEnumerable<(string Name, View View)> tensors)
    {
        foreach ((string name, View view) in tensors)
        {
            if (device.Real == ElementKind.Float64)
                device.Upload(view, (Span<double> values) => file.Read(name, values));
            else
                device.Upload(view, (Span<float> values) => file.Read(name, values));

            // Of weights, kernels may keep copies in a layout of their own: those are void now.
            if (view.Buffer.Version != 0)
                view.Buffer.MarkChanged();
        }
    }

    private static void CheckNames(SafetensorsFile file, string[] names)
    {
        string[] missing = [.. names.Where(name => !file.Contains(name))];
        string[] unexpected = [.. file.Tensors.Select(tensor => tensor.Name).Except(names)];
        if (missing.Length > 0 || unexpected.Length > 0)
        {
            string lists = $"tensors missing: {List(missing)}; unexpected: {List(unexpected)}";
            throw new ModelFileException(file.FilePath, null, lists);
        }
    }

    private static void CheckShapes(SafetensorsFile file, IEnumerable<(string Name, Shape Shape)> expected)
    {
        foreach ((string name, Shape shape) in expected)
        {
            SafetensorsTensor found = file[name];
            if (!found.Shape.SequenceEqual(Axes(shape)))
                throw new ModelFileException(file.FilePath, null, $"tensor {found}, expected the shape {shape}");
            if (found.Type is not (SafetensorsType.F64 or SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16))
                throw new ModelFileException(file.FilePath, null, $"tensor {found}, expected floating point");
        }
    }

    private static long[] Axes(Shape shape)
    {
        long[] axes = new long[shape.Rank];
        for (int k = 0; k < axes.Length; k++)
            axes[k] = shape[k];
        return axes;
    }

    private static string List(string[] names)
    {
        if (names.Length == 0)
            return "none";
        string first = string.Join(", ", names.Take(MaximumListed).Select(SafetensorsHeader.Quote));
        return names.Length <= MaximumListed ? first : $"{first} and {names.Length - MaximumListed} more";
    }
}
