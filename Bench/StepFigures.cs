namespace MiniLstm.Bench;

/// <summary>What <c>step --json</c> prints.</summary>
/// <param name="Shape">Sizes of model and step.</param>
/// <param name="MedianMilliseconds">The median of the steps' times.</param>
/// <param name="MinimumMilliseconds">The shortest.</param>
/// <param name="TokensPerSecond">Tokens of a step over the median.</param>
/// <param name="Gigaflops">Arithmetic of the plain products over the median, 10⁹ operations a second: savings such as the token table's raise
/// it.</param>
/// <param name="PeakBytes">The most resident memory that the process had.</param>
internal sealed record StepFigures(
    string Shape, double MedianMilliseconds, double MinimumMilliseconds, double TokensPerSecond, double Gigaflops, long PeakBytes);
