using System.Text.Json;

namespace MiniLstm.Tests;

[TestFixture]
public sealed class ParityCaseTests
{
    [Test]
    public void All_FindsTheCasesOfPyTorch() => Assert.That(ParityCase.All, Has.Count.EqualTo(56));

    [TestCaseSource(typeof(ParityCase), nameof(ParityCase.All))]
    public void Load_EveryCase_HasADescriptionAndValues(string name)
    {
        ParityCase parity = ParityCase.Load(name);
        Assert.That(parity.Case.ValueKind, Is.EqualTo(JsonValueKind.Object));
        Assert.That(parity.Names, Is.Not.Empty);
        foreach (string tensor in parity.Names)
        {
            Assert.That(tensor, Does.Match(@"^(param|input|output|grad|after)\."));
            Assert.That(parity.Values(tensor), Has.Length.EqualTo(parity.Shape(tensor).Aggregate(1, (x, y) => x * y)));
            Assert.That(parity.Values(tensor), Has.All.Matches<double>(double.IsFinite), tensor);
        }
    }

    [Test]
    public void Load_TwoLayers_GivesShapesAndOptions()
    {
        ParityCase parity = ParityCase.Load("lstm-2-layers");
        Assert.That(parity.Case.GetProperty("layer").GetString(), Is.EqualTo("LSTM"));
        Assert.That(parity.Case.GetProperty("num_layers").GetInt32(), Is.EqualTo(2));
        Assert.That(parity.Shape("input.x"), Is.EqualTo([7, 3, 5]));
        Assert.That(parity.Shape("param.weight_ih_l1"), Is.EqualTo([16, 4]));
        Assert.That(parity.Shape("output.loss"), Is.Empty);
    }

    [Test]
    public void Integers_Lengths_AreRead() =>
        Assert.That(ParityCase.Load("lstm-packed").Integers("input.lengths"), Is.EqualTo([4, 7, 2]));
}
