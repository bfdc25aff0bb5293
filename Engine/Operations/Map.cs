namespace MiniLstm.Engine.Operations;

/// <summary>y = f(x), a function of one value applied to every element.</summary>
/// <typeparam name="TMap">f with its derivative, written once for all devices (Formulas/Maps).</typeparam>
/// <param name="x">Any shape.</param>
public sealed class Map<TMap>(Tensor x) : Operation(x)
    where TMap : struct, IMap
{
    /// <inheritdoc/>
    public override string Name => TMap.Name;

    /// <inheritdoc/>
    /// <remarks>
    /// Many derivatives are shortest in y, such as 1 - y² of tanh. Maps do not say whether theirs is, so y is kept for
    /// all.
    /// </remarks>
    public override bool ReadsOutputs => true;

    /// <inheritdoc/>
    public override Shape[] OutputShapes() => [x.Shape];

    /// <inheritdoc/>
    public override void Forward(Tape tape) => tape.Backend.Map<TMap>(Output(), x.View);

    /// <inheritdoc/>
    /// <remarks>The chain rule: dx = f'(x) dy.</remarks>
    public override void Backward(Tape tape)
    {
        GradientTarget dx = tape.GradientInto(x);
        if (dx.IsWanted)
            tape.Backend.MapSlope<TMap>(dx.View, x.View, Output(), tape.GradientOf(Outputs[0]), dx.Add);
    }
}

/// <content>The functions of one value. All keep the shape and are called on a tensor that is on a tape.</content>
public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>Applies a function to every element: one of those below, or one of your own.</summary>
        /// <typeparam name="TMap">The function with its derivative.</typeparam>
        /// <returns>The same shape.</returns>
        /// <exception cref="InvalidOperationException">x is a parameter and on no tape.</exception>
        public Tensor Map<TMap>()
            where TMap : struct, IMap => Tape.Of(x).Run(new Map<TMap>(x));

        /// <summary>The hyperbolic tangent of every element.</summary>
        /// <returns>The same shape, values in [-1, 1].</returns>
        public Tensor Tanh() => x.Map<TanhMap>();

        /// <summary>The logistic function 1 / (1 + exp(-x)) of every element.</summary>
        /// <returns>The same shape, values in [0, 1].</returns>
        public Tensor Sigmoid() => x.Map<SigmoidMap>();

        /// <summary>0.2 x + 0.5 limited to [0, 1]: the hard sigmoid of Keras 1 and 2.</summary>
        /// <returns>The same shape, values in [0, 1].</returns>
        public Tensor HardSigmoidKeras2() => x.Map<HardSigmoidKeras2Map>();

        /// <summary>(x + 3) / 6 limited to [0, 1]: the hard sigmoid of Keras 3 and PyTorch.</summary>
        /// <returns>The same shape, values in [0, 1].</returns>
        public Tensor HardSigmoidKeras3() => x.Map<HardSigmoidKeras3Map>();

        /// <summary>max(x, 0) of every element.</summary>
        /// <returns>The same shape.</returns>
        public Tensor Relu() => x.Map<ReluMap>();

        /// <summary>|x| of every element.</summary>
        /// <returns>The same shape.</returns>
        public Tensor Abs() => x.Map<AbsMap>();

        /// <summary>e to the power of every element.</summary>
        /// <returns>The same shape.</returns>
        public Tensor Exp() => x.Map<ExpMap>();

        /// <summary>The natural logarithm of every element; negative infinity at 0, NaN below.</summary>
        /// <returns>The same shape.</returns>
        public Tensor Log() => x.Map<LogMap>();

        /// <summary>log(1 + exp(x)) of every element, without overflow.</summary>
        /// <returns>The same shape.</returns>
        public Tensor Softplus() => x.Map<SoftplusMap>();

        /// <summary>The Gaussian error linear unit x (1 + erf(x / √2)) / 2 of every element.</summary>
        /// <returns>The same shape.</returns>
        public Tensor GeluErf() => x.Map<GeluErfMap>();

        /// <summary>The Gaussian error linear unit by its approximation with tanh.</summary>
        /// <returns>The same shape.</returns>
        public Tensor GeluTanh() => x.Map<GeluTanhMap>();
    }
}
