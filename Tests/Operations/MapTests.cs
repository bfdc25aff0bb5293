using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class MapTests : OperationFixture
{
    [Test]
    public void Map_OwnFunction_IsNamedAndDifferentiated()
    {
        Tensor x = Counting([3]);
        Tensor y = x.Map<Square>();

        Assert.That(y.Name, Is.EqualTo("Square"));
        Assert.That(y.ToArray(), Is.EqualTo([1, 4, 9]));
        Assert.That(GradientOf(x, y), Is.EqualTo([2, 8, 18]));
    }

    [Test]
    public void Maps_EachMethod_RunsTheFunctionOfItsName()
    {
        Tensor x = Input([1], 0.5);
        double gelu = 0.5 * 0.69146246127401312;

        Assert.That(x.Tanh().ToScalar(), Is.EqualTo(Math.Tanh(0.5)).Within(1e-15));
        Assert.That(x.Sigmoid().ToScalar(), Is.EqualTo(1 / (1 + Math.Exp(-0.5))).Within(1e-15));
        Assert.That(x.HardSigmoidKeras2().ToScalar(), Is.EqualTo(0.6).Within(1e-15));
        Assert.That(x.HardSigmoidKeras3().ToScalar(), Is.EqualTo(3.5 / 6).Within(1e-15));
        Assert.That(x.Relu().ToScalar(), Is.EqualTo(0.5));
        Assert.That(x.Exp().ToScalar(), Is.EqualTo(Math.Exp(0.5)).Within(1e-15));
        Assert.That(x.Log().ToScalar(), Is.EqualTo(Math.Log(0.5)).Within(1e-15));
        Assert.That(x.Softplus().ToScalar(), Is.EqualTo(Math.Log(1 + Math.Exp(0.5))).Within(1e-15));
        Assert.That(x.GeluErf().ToScalar(), Is.EqualTo(gelu).Within(1e-15));
        Assert.That(x.GeluTanh().ToScalar(), Is.EqualTo(gelu).Within(1e-3).And.Not.EqualTo(gelu).Within(1e-8));
    }

    [Test]
    public void Map_ParameterOnNoTape_SaysHowToBringItOnOne()
    {
        using ParameterStore store = new(Tape.Backend, [new("weight", [2], _ => { })]);

        Assert.That(
            () => store["weight"].Tanh(),
            Throws.InvalidOperationException.With.Message.Contains("tape.Use(parameter)"));
        Assert.That(Tape.Use(store["weight"]).Tanh().ToArray(), Is.EqualTo([0, 0]));
    }

    private readonly struct Square : IMap
    {
        public static string Name => "Square";

        public static T Value<T>(T x)
            where T : struct, IReal<T> => x * x;

        public static T Slope<T>(T x, T y)
            where T : struct, IReal<T> => x + x;
    }
}
