using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Keras's example <c>addition_rnn</c> as a program of ours: half a minute.</summary>
/// <remarks><c>dotnet test -c Release --filter Category=Samples --logger "console;verbosity=normal"</c> shows each epoch.</remarks>
[TestFixture]
[Category("Samples")]
public sealed class AdditionTests
{
    // The accuracy that Keras's page shows at the tenth epoch.
    private const double Published = 0.977;
    private const int Learnt = 45_000;
    private const int Kept = 5_000;

    [Test]
    public void Fit_ThreeDigits_IsAsAccurateAsPublishedAfterTenEpochs()
    {
        var problem = new AdditionProblem(digits: 3, Learnt + Kept, seed: 1);
        Samples questions = problem.Questions.Range(Learnt, Kept);
        Samples answers = problem.Answers.Range(Learnt, Kept);
        using Backend device = HostBackend.Create();
        using var model = new AdditionModel(units: 128, AdditionProblem.Characters.Length, problem.AnswerLength);
        model.Build(device, seed: 2);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Adam(1e-3, epsilon: 1e-7), Metric.Accuracy);
        double wholeAnswers = 0;
        var progress = new LambdaCallback(onEpochEnd: (_, report) =>
        {
            wholeAnswers = AdditionProblem.WholeAnswers(learner.Predict(questions, batchSize: 500), answers);
            string figures = string.Join(", ", report.Figures.Select(f => FormattableString.Invariant($"{f.Key} {f.Value:F4}")));
            TestContext.Progress.WriteLine(FormattableString.Invariant($"epoch {report.Epoch}: {figures}, whole answers {wholeAnswers:F4}"));
        });

        History history = learner.Fit(
            problem.Questions.Range(0, Learnt),
            problem.Answers.Range(0, Learnt),
            epochs: 10,
            batchSize: 32,
            validationData: new(questions, answers),
            callbacks: [progress]);

        Assert.That(history["val_accuracy"][^1], Is.GreaterThan(Published));
        Assert.That(wholeAnswers, Is.GreaterThan(0.9));
    }
}
