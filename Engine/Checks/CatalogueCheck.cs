using System.Globalization;

namespace MiniLstm.Engine;

/// <summary>What all checks of one case found.</summary>
/// <param name="Case">The case.</param>
/// <param name="GradientError">As <see cref="GradientCheck"/> gives it; to be below <see cref="GradientCheck.Bound"/>. Null: left out.</param>
/// <param name="ParityError">As <see cref="ParityCheck"/> gives it; to be at most the case's tolerance.</param>
/// <param name="Failure">What went wrong beyond numbers, or null.</param>
public sealed record CheckResult(OperationCase Case, double? GradientError, double ParityError, string? Failure)
{
    /// <summary>Whether the case passed.</summary>
    public bool Passed => Failure is null && (GradientError is null || GradientError < GradientCheck.Bound) && ParityError <= Case.Tolerance;

    /// <summary>One line: the verdict, the case and the two errors with their bounds, or the failure.</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        string verdict = Passed ? "passed" : "FAILED";
        if (Failure is not null)
            return $"{verdict} {Case}: {Failure}";
        CultureInfo culture = CultureInfo.InvariantCulture;
        string gradient = GradientError is { } error
            ? string.Create(culture, $"gradient {error:E1} (bound {GradientCheck.Bound:E1}), ")
            : "";
        return string.Create(culture, $"{verdict} {Case}: {gradient}parity {ParityError:E1} (bound {Case.Tolerance:E1})");
    }
}

/// <summary>All checks of all cases, as <c>minilstm selftest</c> and the tests run them.</summary>
public static class CatalogueCheck
{
    /// <summary>Runs the catalogue, one case at each step of the enumeration.</summary>
    /// <param name="device">The backend under test; best made with poison.</param>
    /// <param name="withGradientCheck">Whether the reference's own gradients are checked too, which no device changes; most of the time goes
    /// there.</param>
    /// <returns>One result for each case.</returns>
    public static IEnumerable<CheckResult> Run(Backend device, bool withGradientCheck = true) =>
        OperationCatalogue.All.Select(c => Run(c, device, withGradientCheck));

    /// <summary>Runs all checks of one case.</summary>
    /// <param name="operationCase">The case.</param>
    /// <param name="device">The backend under test.</param>
    /// <param name="withGradientCheck">Whether <see cref="GradientCheck"/> runs.</param>
    /// <returns>What was found; whatever is thrown becomes a failure.</returns>
    public static CheckResult Run(OperationCase operationCase, Backend device, bool withGradientCheck = true)
    {
        try
        {
            double? gradientError = withGradientCheck ? GradientCheck.WorstError(operationCase) : null;
            double parityError = ParityCheck.WorstError(operationCase, device);
            return new(operationCase, gradientError, parityError, ShapeCheck.Failure(operationCase));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new(operationCase, double.PositiveInfinity, double.PositiveInfinity, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
