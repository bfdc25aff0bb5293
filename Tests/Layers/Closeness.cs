using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>Comparison with numbers of PyTorch, within a bound relative to the largest magnitude of the
/// array.</summary>
internal static class Closeness
{
    private const double Float64Bound = 1e-9;
    private const double OutputBound = 1e-5;
    private const double GradientBound = 1e-4;

    public static void CheckOutput(Backend backend, double[] actual, double[] expected, string what) =>
        Check(backend, actual, expected, OutputBound, what);

    public static void CheckGradient(Backend backend, double[] actual, double[] expected, string what) =>
        Check(backend, actual, expected, GradientBound, $"gradient of {what}");

    public static void Check(Backend backend, double[] actual, double[] expected, double float32Bound, string what)
    {
        double bound = backend.Real == ElementKind.Float64 ? Float64Bound : float32Bound;
        double scale = Math.Max(expected.Max(Math.Abs), double.Epsilon);
        Assert.That(actual, Is.EqualTo(expected).Within(bound * scale), what);
    }
}
