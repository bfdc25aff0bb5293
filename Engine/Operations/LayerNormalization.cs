namespace MiniLstm.Engine.Operations;

/// <summary>
/// Each row brought to mean 0 and variance 1, then scaled and shifted by learnt vectors (Ba et al., 2016):
/// n = (x - mean) / √(variance + ε), y = n gain + shift.
/// </summary>
/// <remarks>Kept for backward: n, as large as x, and one number for each row.</remarks>
/// <param name="x">[..., columns].</param>
/// <param name="gain">[columns].</param>
/// <param name="shift">[columns].</param>
/// <param name="epsilon">ε, at least 0.</param>
public sealed class LayerNormalization(Tensor x, Tensor gain, Tensor shift, double epsilon) : Operation(x, gain, shift)
{
    private View _normalized;
    private View _inverseDeviations;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">Epsilon is negative.</exception>
    public override Shape[] OutputShapes()
    {
        if (x.Shape.Rank == 0 || gain.Shape != [x.Shape.Columns] || shift.Shape != gain.Shape)
            throw Wrong($"gain and shift must be [{x.Shape.Columns}]");
        if (!(epsilon >= 0))
            throw new ArgumentOutOfRangeException(null, $"{Name}: epsilon {epsilon}, expected at least 0");
        return [x.Shape];
    }

    /// <inheritdoc/>
    public override void Forward(Tape tape)
    {
        _normalized = tape.Rent(x.Shape, "LayerNormalization normalized");
        _inverseDeviations = tape.Rent(x.Shape.Without(x.Shape.Rank - 1), "LayerNormalization inverse deviations");
        tape.Backend.LayerNormalization(
            Output(), _normalized, _inverseDeviations, x.View, gain.View, shift.View, epsilon);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <para>From y = n gain + shift follow dshift = Σ dy and dgain = Σ dy n, sums over the rows, [columns] each; and
    /// q = dy gain is what reaches n, [..., columns].</para>
    /// <para>Within a row of C columns let u = x - mean and d = √(variance + ε), so that n = u / d. A change of x[c]
    /// moves the mean by 1 / C and d by u[c] / (C d) = n[c] / C, hence</para>
    /// <code>
    /// ∂n[k] / ∂x[c] = ([k = c] - 1 / C - n[k] n[c] / C) / d
    /// dx[c] = Σ q[k] ∂n[k] / ∂x[c] = (q[c] - mean(q) - n[c] mean(q n)) / d
    /// </code>
    /// </remarks>
    public override void Backward(Tape tape)
    {
        Backend backend = tape.Backend;
        View dy = tape.GradientOf(Outputs[0]);

        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            backend.LayerNormalizationSlope(dx.View, _normalized, _inverseDeviations, gain.View, dy, dx.Add);

        GradientTarget dShift = tape.GradientInto(shift);
        if (dShift.IsWanted)
            backend.Sum(dShift.View, dy, Axis.Rows(dy.Shape), 1, dShift.Add);

        GradientTarget dGain = tape.GradientInto(gain);
        if (dGain.IsWanted)
            backend.SumProducts(dGain.View, dy, _normalized, dGain.Add);
    }
}

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>
        /// Normalises each row of x [..., columns] to mean 0 and variance 1, then scales and shifts it.
        /// </summary>
        /// <param name="gain">[columns].</param>
        /// <param name="shift">[columns].</param>
        /// <param name="epsilon">Added to the variance, at least 0.</param>
        /// <returns>The same shape.</returns>
        /// <exception cref="ShapeException">Gain or shift does not fit.</exception>
        /// <exception cref="ArgumentOutOfRangeException">Epsilon is negative.</exception>
        /// <exception cref="InvalidOperationException">The operands are on two tapes, or on none.</exception>
        public Tensor LayerNormalization(Tensor gain, Tensor shift, double epsilon = 1e-5) =>
            Tape.Of(x, gain, shift).Run(new LayerNormalization(x, gain, shift, epsilon));
    }
}
