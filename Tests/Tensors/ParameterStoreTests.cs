using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class ParameterStoreTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Store_SeveralParameters_AreRangesOfOneBuffer()
    {
        using ParameterStore store = NewStore();
        Parameter weight = store["weight"];
        Parameter bias = store["bias"];

        Assert.That(store.All, Is.EqualTo([weight, bias]));
        Assert.That(store.Count, Is.EqualTo(18));
        Assert.That(weight.View.Buffer, Is.SameAs(store.Values.Buffer));
        Assert.That(bias.View.Buffer, Is.SameAs(store.Values.Buffer));
        Assert.That(bias.View.Offset - weight.View.Offset, Is.EqualTo(16), "15 elements, padded to whole cache lines");
        Assert.That(weight.ToArray(), Is.EqualTo(Enumerable.Repeat(0.5, 15)));
        Assert.That(bias.ToArray(), Is.EqualTo([-1, -1, -1]));
    }

    [Test]
    public void Store_New_HasZeroGradientsAndPadding()
    {
        using ParameterStore store = NewStore();
        double[] values = new double[store.Values.Count];
        Backend.Download(store.Values, values);

        Assert.That(values, Is.EqualTo((double[])[.. Enumerable.Repeat(0.5, 15), 0, -1, -1, -1, .. new double[13]]));
        Assert.That(store["weight"].GradientToArray(), Is.EqualTo(new double[15]));
    }

    [Test]
    public void Store_OnlyComputedWith_RentsNoGradients()
    {
        using ParameterStore store = NewStore();
        int before = Backend.Pool.Statistics.Outstanding;
        using (Tape tape = Tape.ForInference(Backend))
            _ = tape.Use(store["bias"]).Tanh();
        store.ClearGradients();

        Assert.That(Backend.Pool.Statistics.Outstanding, Is.EqualTo(before));
        Assert.That(store.Gradients.Count, Is.EqualTo(store.Values.Count));
        Assert.That(Backend.Pool.Statistics.Outstanding, Is.EqualTo(before + 1));
    }

    [Test]
    public void ClearGradients_AfterBackward_ZeroesAll()
    {
        using ParameterStore store = NewStore();
        using (Tape tape = Tape.ForInspection(Backend))
        {
            Tensor bias = tape.Use(store["bias"]);
            tape.Backward((bias, tape.Input([3], [1, 2, 3]).View));
            tape.Backward((bias, tape.Input([3], [1, 2, 3]).View));
        }

        Assert.That(store["bias"].GradientToArray(), Is.EqualTo([2, 4, 6]));
        store.ClearGradients();
        Assert.That(store["bias"].GradientToArray(), Is.EqualTo([0, 0, 0]));
    }

    [Test]
    public void Set_NewValues_DrawsANewVersion()
    {
        using ParameterStore store = NewStore();
        long version = store.Values.Buffer.Version;

        store["bias"].Set([1.0, 2, 3]);
        Assert.That(store.Values.Buffer.Version, Is.GreaterThan(version));
        Assert.That(store["bias"].ToArray(), Is.EqualTo([1, 2, 3]));
        Assert.That(store["weight"].ToArray(), Is.EqualTo(Enumerable.Repeat(0.5, 15)));

        store["bias"].Set([4f, 5, 6]);
        Assert.That(store["bias"].ToArray(), Is.EqualTo([4, 5, 6]));
        Assert.That(
            () => store["bias"].Set([1.0]),
            Throws.TypeOf<ShapeException>().With.Message.EqualTo("Set: bias [3] has 3 elements, got 1 values"));
    }

    [Test]
    public void Store_TwoOfOneName_IsRefusedAndRentsNothing() => Assert.That(
        () => new ParameterStore(Backend, [new("weight", [2], _ => { }), new("weight", [3], _ => { })]),
        Throws.ArgumentException.With.Message.Contains("two parameters are named 'weight'"));

    [Test]
    public void Store_NoParameter_IsRefused() =>
        Assert.That(() => new ParameterStore(Backend, []), Throws.ArgumentException.With.Message.Contains("no parameters"));

    [Test]
    public void Indexer_UnknownName_ListsTheKnownOnes()
    {
        using ParameterStore store = NewStore();

        Assert.That(
            () => store["wieght"],
            Throws.TypeOf<KeyNotFoundException>().With.Message.EqualTo("no parameter 'wieght'; there are weight, bias"));
    }

    [Test]
    public void Dispose_Twice_ReturnsOnce()
    {
        ParameterStore store = NewStore();
        store.Dispose();

        Assert.That(store.Dispose, Throws.Nothing);
    }

    private ParameterStore NewStore() => new(
        Backend,
        [
            new("weight", [3, 5], values => values.Fill(0.5)),
            new("bias", [3], values => values.Fill(-1)),
        ]);
}
