using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Training;

internal sealed class SparseCategoricalCrossEntropy : Loss
{
    public override ActivationFunction? Folds => ActivationFunction.Softmax;

    public override Tensor OfRows(Tensor output, Targets targets) =>
        output.CrossEntropy(targets.ClassesFor(output), Reduction.None);
}

internal sealed class CategoricalCrossEntropy : Loss
{
    public override ActivationFunction? Folds => ActivationFunction.Softmax;

    public override Tensor OfRows(Tensor output, Targets targets)
    {
        Tensor product = output.LogSoftmax() * targets.ValuesFor(output);
        return product.Sum(axis: output.Shape.Rank - 1) * -1;
    }
}

internal sealed class BinaryCrossEntropy : Loss
{
    public override ActivationFunction? Folds => ActivationFunction.Sigmoid;

    /// <remarks>With the logit z, -t log p - (1 - t) log(1 - p) = log(1 + exp(z)) - z t, which overflows
    /// nowhere.</remarks>
    public override Tensor OfRows(Tensor output, Targets targets)
    {
        Tensor elements = output.Softplus() - output * targets.ValuesFor(output);
        return elements.Mean(axis: output.Shape.Rank - 1);
    }
}

internal sealed class MeanSquaredError : Loss
{
    public override Tensor OfRows(Tensor output, Targets targets)
    {
        Tensor difference = output - targets.ValuesFor(output);
        return (difference * difference).Mean(axis: output.Shape.Rank - 1);
    }
}
