namespace MiniLstm.Engine.Operations;

public static partial class TensorOperations
{
    extension(Tensor x)
    {
        /// <summary>
        /// A long short-term memory layer over all time steps: one product of all inputs, x Wᵀ + b, then <see cref="LstmCell"/> step by step.
        /// The same equations in elementary operations are <see cref="LstmByHand"/>.
        /// </summary>
        /// <param name="inputWeight">[4 H, I]: W, rows in the gate order i, f, g, o.</param>
        /// <param name="recurrentWeight">[4 H, H]: U, likewise.</param>
        /// <param name="bias">[4 H]: b, or absent.</param>
        /// <param name="operands">All else, such as initial states; absent: nothing.</param>
        /// <returns>All hidden states [T, B, H], the last states [B, H], and the gates [T, B, 4 H].</returns>
        /// <exception cref="ShapeException">The operands do not fit; x must be [T, B, I].</exception>
        public RecurrentResult Lstm(Tensor inputWeight, Tensor recurrentWeight, Tensor? bias, RecurrentOperands? operands = null) =>
            x.Linear(inputWeight, bias).Recur(default(LstmCell), recurrentWeight, operands);
    }
}
