using System.Text;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class ActivationTests
{
    [TestCase(ActivationFunction.Softmax, 0.731058579, 0.268941421)]
    [TestCase(ActivationFunction.Sigmoid, 0.731058579, 0.5)]
    [TestCase(ActivationFunction.Tanh, 0.761594156, 0)]
    [TestCase(ActivationFunction.Relu, 1, 0)]
    [TestCase(ActivationFunction.Softplus, 1.313261688, 0.693147181)]
    [TestCase(ActivationFunction.Gelu, 0.841344746, 0)]
    [TestCase(ActivationFunction.Elu, 1, 0)]
    [TestCase(ActivationFunction.Selu, 1.050700987, 0)]
    [TestCase(ActivationFunction.Softsign, 0.5, 0)]
    [TestCase(ActivationFunction.Silu, 0.731058579, 0)]
    [TestCase(ActivationFunction.Exponential, 2.718281828, 1)]
    [TestCase(ActivationFunction.HardSigmoid, 0.666666667, 0.5)]
    [TestCase(ActivationFunction.HardSigmoidKeras2, 0.7, 0.5)]
    public void Forward_AppliesTheFunction(ActivationFunction function, double ofOne, double ofZero)
    {
        using Backend device = new ReferenceBackend(BackendOptions.Default);
        using var model = new Sequential(2, new Dense(2, bias: false), new Activation(function));
        model.Build(device, seed: 1);
        model.Parameters["dense.weight"].Set([1.0, 0, 0, 1]);
        using Tape tape = Tape.ForInference(device);

        (Tensor output, _) = model.Forward(tape, tape.Input([1, 1, 2], [1, 0]));

        Assert.That(output.ToArray(), Is.EqualTo([ofOne, ofZero]).Within(1e-9));
    }

    [TestCase(ActivationFunction.Elu, -0.864664717, -1)]
    [TestCase(ActivationFunction.Selu, -1.520166469, -1.758099341)]
    [TestCase(ActivationFunction.Softsign, -0.666666667, -0.999)]
    public void Forward_BelowZero_ApproachesItsBound(ActivationFunction function, double ofMinusTwo, double ofMinus999)
    {
        using Backend device = new ReferenceBackend(BackendOptions.Default);
        using var model = new Sequential(2, new Dense(2, bias: false), new Activation(function));
        model.Build(device, seed: 1);
        model.Parameters["dense.weight"].Set([1.0, 0, 0, 1]);
        using Tape tape = Tape.ForInference(device);

        (Tensor output, _) = model.Forward(tape, tape.Input([1, 1, 2], [-2, -999]));

        Assert.That(output.ToArray(), Is.EqualTo([ofMinusTwo, ofMinus999]).Within(1e-9));
    }

    [Test]
    public void Forward_WithMask_PassesItOn()
    {
        using Backend device = new ReferenceBackend(BackendOptions.Default);
        using var model = new Sequential(1, new Activation(ActivationFunction.Relu), new Lstm(2), new Dense(1));
        model.Build(device, seed: 1);
        using Tape tape = Tape.ForInference(device);
        var flow = new Flow(tape.Input([2, 1, 1], [1, 2]), SequenceMask.FromLengths([1], steps: 2));

        double[] masked = model.Forward(tape, flow).Logits.ToArray();
        double[] cut = model.Forward(tape, tape.Input([1, 1, 1], [1])).Logits.ToArray();

        Assert.That(masked, Is.EqualTo(cut));
    }

    [Test]
    public void Config_ComesBack()
    {
        using var model = new Sequential(2, new Dense(2), new Activation(ActivationFunction.Softmax) { Name = "out" });

        byte[] json = ModelConfig.ToBytes(model);
        using Sequential read = ModelConfig.Parse(json, "config.json");

        Assert.That(Encoding.UTF8.GetString(json), Does.Contain("\"softmax\""));
        var layer = (Activation)read.Layers[^1];
        Assert.That((layer.Name, layer.Function), Is.EqualTo(("out", ActivationFunction.Softmax)));
    }

    [Test]
    public void Function_ThatIsNone_IsRefused()
    {
        Assert.That(() => new Activation((ActivationFunction)99), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
