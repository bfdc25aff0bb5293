using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class FlowTests(TestBackend device) : BackendFixture(device)
{
    private const int Vocabulary = 5;
    private const int Width = 6;
    private const int Units = 7;
    private const int Steps = 8;
    private const int Batch = 4;

    [Test]
    public void Linear_SmallVocabulary_MapsTheTableAndEqualsTheGatheredRows()
    {
        using ParameterStore parameters = Parameters();
        double[] seed = [.. Enumerable.Range(0, Steps * Batch * Units).Select(k => Math.Sin(k))];

        double[] fromTable = Run(
            (table, tokens, w, b) => new Flow(table, tokens).Linear(w, b).Values, out int[] tableRows);
        double[][] tableGradients = [.. parameters.All.Select(p => p.GradientToArray())];
        parameters.ClearGradients();
        double[] gathered = Run((table, tokens, w, b) => table.Embedding(tokens).Linear(w, b), out int[] gatheredRows);
        double[][] gatheredGradients = [.. parameters.All.Select(p => p.GradientToArray())];

        Assert.That(tableRows, Does.Contain(Vocabulary), "the table is mapped");
        Assert.That(gatheredRows, Does.Not.Contain(Vocabulary), "the gathered rows are mapped");
        Closeness.Check(Backend, fromTable, gathered, 1e-6, "values");
        for (int k = 0; k < tableGradients.Length; k++)
            Closeness.CheckGradient(Backend, tableGradients[k], gatheredGradients[k], parameters.All[k].Name);

        double[] Run(Func<Tensor, IndexTensor, Tensor, Tensor, Tensor> compute, out int[] rows)
        {
            using Tape tape = Tape.ForTraining(Backend);
            IndexTensor tokens = Tokens(tape, Steps);
            Tensor y = compute(tape.Use(parameters["table"]), tokens, parameters["weight"], parameters["bias"]);
            double[] values = y.ToArray();
            rows = [.. tape.Operations.Select(operation => (int)operation.Outputs[0].Shape.Rows)];
            tape.Backward((y, tape.Input(y.Shape, seed).View));
            return values;
        }
    }

    [Test]
    public void Linear_LargeVocabulary_GathersFirst()
    {
        using ParameterStore parameters = Parameters();
        using Tape tape = Tape.ForTraining(Backend);

        new Flow(tape.Use(parameters["table"]), Tokens(tape, steps: 1)).Linear(parameters["weight"], null);

        Assert.That(tape.Operations.Select(operation => operation.Name), Is.EqualTo(new[] { "Embedding", "Linear" }));
    }

    [Test]
    public void Values_TokensWithoutATable_SaysThatAnEmbeddingIsMissing()
    {
        using Tape tape = Tape.ForInference(Backend);
        IndexTensor tokens = Tokens(tape, steps: 1);

        Assert.That(() => new Flow(tokens).Values, Throws.InvalidOperationException.With.Message.Contains("Embedding"));
    }

    private static IndexTensor Tokens(Tape tape, int steps) =>
        tape.Indices([steps, Batch], [.. Enumerable.Range(0, steps * Batch).Select(k => k * k % (Vocabulary - 1))]);

    private ParameterStore Parameters() => new(
        Backend,
        [
            new("table", [Vocabulary, Width], Fill),
            new("weight", [Units, Width], Fill),
            new("bias", [Units], Fill),
        ]);

    private static void Fill(Span<double> values)
    {
        for (int k = 0; k < values.Length; k++)
            values[k] = Math.Cos(3 * k + values.Length);
    }
}
