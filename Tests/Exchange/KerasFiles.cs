using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>The genuine files of Keras under Parity/keras-files.</summary>
internal static class KerasFiles
{
    /// <summary>Their names, sorted.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(Folder)
            .Where(file => Path.GetExtension(file) is ".h5" or ".keras")
            .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];

    /// <summary>Paths of those made with h5py under Parity/keras-made, for layers that no genuine one has.</summary>
    public static IReadOnlyList<string> Made { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Parity", "keras-made"), "*.h5")
            .Order(StringComparer.Ordinal),
    ];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Parity", "keras-files");

    /// <summary>The path of a file.</summary>
    public static string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Runs a model as Keras does, batch first.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tape">Where.</param>
    /// <param name="shape">The input's shape: [batch, time], [batch, time, features] or [batch, features].</param>
    /// <param name="x">The input.</param>
    public static double[] Run(Sequential model, Tape tape, int[] shape, double[] x)
    {
        Flow input = model.InputWidth == 0
            ? new(tape.Indices([shape[1], shape[0]], [.. Swapped(x, shape[0], shape[1]).Select(token => (int)token)]))
            : model.Input.HasTime
                ? new(tape.Input([shape[1], shape[0], shape[2]], Swapped(x, shape[0], shape[1])))
                : new(tape.Input([shape[0], shape[1]], x));
        Tensor y = model.Forward(tape, input).Logits;
        return y.Shape.Rank == 3 ? Swapped(y.ToArray(), y.Shape[0], y.Shape[1]) : y.ToArray();
    }

    /// <summary>A sequence with the time axis first, whatever came first before.</summary>
    public static double[] TimeMajor(double[] values, bool batchFirst, int batch, int time) =>
        batchFirst ? Swapped(values, batch, time) : values;

    // [first, second, ...] becomes [second, first, ...].
    private static double[] Swapped(double[] values, int first, int second)
    {
        int width = values.Length / first / second;
        double[] swapped = new double[values.Length];
        for (int row = 0; row < first * second; row++)
        {
            int to = row % second * first + row / second;
            values.AsSpan(row * width, width).CopyTo(swapped.AsSpan(to * width));
        }

        return swapped;
    }
}
