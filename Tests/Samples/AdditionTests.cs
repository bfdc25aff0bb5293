using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Keras's example <c>addition_rnn</c> as a program of ours.</summary>
/// <remarks>As published, some minutes: <c>dotnet test -c Release --filter Category=LongSamples</c>.</remarks>
[TestFixture]
public sealed class AdditionTests
{
    [Test]
    [Category("Samples")]
    public void Fit_TwoDigits_LearnsToAdd()
    {
        (double characters, double answers) = Train(digits: 2, units: 64, count: 4000, epochs: 10, batchSize: 32, rate: 3e-3);

        Assert.That(characters, Is.GreaterThan(0.8));
        Assert.That(answers, Is.GreaterThan(0.5));
    }

    [Test]
    [Category("LongSamples")]
    public void Fit_ThreeDigitsAsPublished_AddsNearlyAlwaysRight()
    {
        (double characters, double answers) = Train(digits: 3, units: 128, count: 50_000, epochs: 10, batchSize: 32, rate: 1e-3);

        Assert.That(characters, Is.GreaterThan(0.97));
        Assert.That(answers, Is.GreaterThan(0.9));
    }

    /// <returns>The fractions of characters and of whole answers that are right in the last tenth of the questions, which is not learnt from.</returns>
    private static (double Characters, double Answers) Train(int digits, int units, int count, int epochs, int batchSize, double rate)
    {
        var problem = new AdditionProblem(digits, count, seed: 1);
        int learnt = count / 10 * 9;
        Samples questions = problem.Questions.Range(learnt, count - learnt);
        Samples answers = problem.Answers.Range(learnt, count - learnt);
        using Backend device = HostBackend.Create();
        using var model = new AdditionModel(units, AdditionProblem.Characters.Length, problem.AnswerLength);
        model.Build(device, seed: 2);
        using Learner learner = model.Compile(Loss.SparseCategoricalCrossEntropy, new Adam(rate, epsilon: 1e-7), Metric.Accuracy);
        double wholeAnswers = 0;
        var progress = new LambdaCallback(onEpochEnd: (_, report) =>
        {
            wholeAnswers = AdditionProblem.WholeAnswers(learner.Predict(questions, batchSize: 500), answers);
            TestContext.Progress.WriteLine(FormattableString.Invariant(
                $"""
                epoch {report.Epoch}: loss {report.Figures["loss"]:F4}, accuracy {report.Figures["accuracy"]:F4}, val_loss {report.Figures["val_loss"]:F4}, val_accuracy {report.Figures["val_accuracy"]:F4}, whole answers {wholeAnswers:F4}, {report.Elapsed.TotalSeconds:F0} s
                """));
        });

        History history = learner.Fit(
            problem.Questions.Range(0, learnt),
            problem.Answers.Range(0, learnt),
            epochs,
            batchSize,
            validationData: new(questions, answers),
            callbacks: [progress]);
        return (history["val_accuracy"][^1], wholeAnswers);
    }
}
