namespace MiniLstm.Training;

/// <summary>
/// The factor drops to γ of itself each time that validations in a row, as many as the patience, brought no
/// improvement; the count then begins anew.
/// </summary>
/// <remarks>An improvement is absolute, as in Keras. PyTorch's <c>patience</c> is one less: the validations that it
/// forgives.</remarks>
/// <param name="factor">γ, in [0, 1].</param>
/// <param name="patience">How many validations without improvement, at least 1.</param>
/// <param name="minimumDelta">What counts as an improvement: a loss lower by more than this; at least 0.</param>
/// <param name="minimum">The factor never drops below this, in [0, 1].</param>
/// <exception cref="ArgumentOutOfRangeException">A number is not in its range.</exception>
public sealed class ReduceOnPlateau(double factor, int patience, double minimumDelta = 0, double minimum = 0) : Schedule
{
    private readonly Patience _patience = new("schedule", patience, minimumDelta);
    private readonly double _factor = Require.Fraction(factor);
    private readonly double _minimum = Require.Fraction(minimum);

    /// <inheritdoc/>
    public override double FactorAt(long step) => Math.Max(_minimum, Math.Pow(_factor, _patience.TimesExhausted));

    /// <inheritdoc/>
    public override void Observe(double loss) => _patience.Observe(loss);

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes) => _patience.SaveTo(notes);

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes) => _patience.LoadFrom(notes);
}
