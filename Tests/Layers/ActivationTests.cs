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
