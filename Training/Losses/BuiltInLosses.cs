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

    public override Tensor OfRows(Tensor output, Targets targets) =>
        output.BinaryCrossEntropy(targets.ValuesFor(output), Reduction.None).Mean(axis: output.Shape.Rank - 1);
}

internal sealed class MeanSquaredError : Loss
{
    public override Tensor OfRows(Tensor output, Targets targets) =>
        output.SquaredError(targets.ValuesFor(output), Reduction.None).Mean(axis: output.Shape.Rank - 1);
}
