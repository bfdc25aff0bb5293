using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>What does not depend on the backend under test: gradients on the reference, and errors.</summary>
[TestFixture]
public sealed class CatalogueTests
{
    public static IEnumerable<TestCaseData> Cases() =>
        OperationCatalogue.All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));

    public static IEnumerable<TestCaseData> Misfits() => Cases().Where(c => c.Arguments[0] is OperationCase { Misfit: not null });

    [TestCaseSource(nameof(Cases))]
    public void Gradient_OfEveryCase_IsTheDerivative(OperationCase operationCase) =>
        Assert.That(GradientCheck.WorstError(operationCase), Is.LessThan(GradientCheck.Bound));

    [TestCaseSource(nameof(Misfits))]
    public void Shapes_ThatDoNotFit_AreNamed(OperationCase operationCase) =>
        Assert.That(ShapeCheck.Failure(operationCase), Is.Null);
}
