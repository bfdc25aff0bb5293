using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>A penalty on the size of weights, to be added to the loss, so that it is learnt to keep them
/// small.</summary>
/// <remarks>
/// <code>
/// penalty = λ₁ Σ |w| + λ₂ Σ w²
/// Tensor loss = logits.CrossEntropy(targets) + Regularizer.L2(1e-4).Penalty(tape, parameter);
/// </code>
/// The factors mean what they mean in Keras. The derivative of λ₂ Σ w² is 2 λ₂ w: <c>L2(x)</c> is a weight decay of 2x
/// in <c>Sgd</c> and in Adam's <c>l2</c>, at the cost of a pass over the weights, but unlike a decay it is part of the
/// loss and goes through clipping.
/// </remarks>
public sealed class Regularizer
{
    private readonly double _absolute;
    private readonly double _squared;

    private Regularizer(double absolute, double squared)
    {
        _absolute = absolute;
        _squared = squared;
    }

    /// <summary>λ₁ Σ |w|: many weights become 0.</summary>
    /// <param name="factor">λ₁, above 0.</param>
    /// <returns>The penalty.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a finite number above 0.</exception>
    public static Regularizer L1(double factor) => new(Check(factor, nameof(factor)), squared: 0);

    /// <summary>λ₂ Σ w²: large weights shrink.</summary>
    /// <param name="factor">λ₂, above 0.</param>
    /// <returns>The penalty.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a finite number above 0.</exception>
    public static Regularizer L2(double factor) => new(absolute: 0, Check(factor, nameof(factor)));

    /// <summary>Both.</summary>
    /// <param name="absolute">λ₁, above 0.</param>
    /// <param name="squared">λ₂, above 0.</param>
    /// <returns>The penalty.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A factor is not a finite number above 0.</exception>
    public static Regularizer L1L2(double absolute, double squared) =>
        new(Check(absolute, nameof(absolute)), Check(squared, nameof(squared)));

    /// <summary>Computes the penalty of one parameter.</summary>
    /// <param name="tape">Where to compute; the gradient goes to the parameter.</param>
    /// <param name="parameter">The weights.</param>
    /// <returns>[1].</returns>
    /// <exception cref="InvalidOperationException">The parameter lives on another device.</exception>
    public Tensor Penalty(Tape tape, Parameter parameter)
    {
        Tensor weights = tape.Use(parameter);
        if (_absolute == 0)
            return Squared(weights);
        Tensor absolute = weights.Abs().Sum() * _absolute;
        return _squared == 0 ? absolute : absolute + Squared(weights);
    }

    private Tensor Squared(Tensor weights) => (weights * weights).Sum() * _squared;

    private static double Check(double factor, string name) => double.IsFinite(factor) && factor > 0
        ? factor
        : throw new ArgumentOutOfRangeException(name, $"{name} {factor}, expected a finite number above 0");
}
