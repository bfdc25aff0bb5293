using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class MetricsLogTests
{
    [Test]
    public void Lines_OfReportsAndValidations_AreJsonObjects()
    {
        using var folder = new FileFolder();
        using var device = new ReferenceBackend();
        using var run = new TinyRun(device, folder.Path);
        using var log = new MetricsLog(folder["log.jsonl"]);

        TimeSpan second = TimeSpan.FromSeconds(1.00049);
        var result = new Evaluation(Nats: 1.5, Accuracy: 0.25, Tokens: 49, Streams: 3);
        log.OnReport(run.Trainer, new(10, 1, Loss: 3.25, LearningRate: 0.002, GradientNorm: 0.5, 51000.4, second));
        log.OnValidation(run.Trainer, new(12, 2, result, IsBest: true, second));
        log.OnValidation(run.Trainer, new(16, 3, result with { Nats = double.NaN }, IsBest: false, second));

        string[] expected =
        [
            """{"kind":"training","step":10,"epoch":1,"loss":3.25,"learningRate":0.002,"gradientNorm":0.5""" +
                ""","tokensPerSecond":51000,"seconds":1}""",
            """{"kind":"validation","step":12,"epoch":2,"loss":1.5,"accuracy":0.25,"tokens":49,"isBest":true""" +
                ""","seconds":1}""",
            """{"kind":"validation","step":16,"epoch":3,"loss":"NaN","accuracy":0.25,"tokens":49,"isBest":false""" +
                ""","seconds":1}""",
        ];
        Assert.That(File.ReadAllLines(folder["log.jsonl"]), Is.EqualTo(expected));
    }
}
