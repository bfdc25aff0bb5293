using MiniLstm.Engine;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
[Category("Widths")]
public sealed class ParityTests(TestBackend device) : BackendFixture(device)
{
    [TestCaseSource(typeof(CatalogueTests), nameof(CatalogueTests.Cases))]
    public void OutputsAndGradients_OfEveryCase_EqualTheReference(OperationCase operationCase) =>
        Assert.That(ParityCheck.WorstError(operationCase, Backend), Is.LessThanOrEqualTo(operationCase.Tolerance));
}
