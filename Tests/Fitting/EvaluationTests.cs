using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TrainingBackends))]
public sealed class EvaluationTests(TestBackend device) : BackendFixture(device)
{
    [Test]
    public void Of_OneStream_IsTheMeanOverStepsOfOneToken()
    {
        using Sequential model = TinyRun.NewModel(Backend);
        int[] ids = TinyRun.Text(40, seed: 5);

        Evaluation result = Evaluation.Of(model, ids, window: 16);

        (double nats, double accuracy) = TokenByToken(model, ids);
        Assert.That(result.Nats, Is.EqualTo(nats).Within(1e-6));
        Assert.That(result.Accuracy, Is.EqualTo(accuracy).Within(1e-12));
        Assert.That((result.Tokens, result.Streams), Is.EqualTo((39L, 1)));
    }

    [Test]
    public void Of_AnyWindow_GivesTheSameBits([Values(1, 2, 13, 38, 39, 1000)] int window)
    {
        using Sequential model = TinyRun.NewModel(Backend);
        int[] ids = TinyRun.Text(40, seed: 5);

        Assert.That(Evaluation.Of(model, ids, window: window), Is.EqualTo(Evaluation.Of(model, ids)));
    }

    [Test]
    public void Of_SeveralStreams_IsTheMeanOfEachFromZeros()
    {
        using Sequential model = TinyRun.NewModel(Backend);
        int[] ids = TinyRun.Text(40, seed: 5);

        // 39 tokens in 4 streams: 10, 10, 10 and 9. Each begins with the last input of the one before as its own first.
        Evaluation[] parts =
        [
            Evaluation.Of(model, ids.AsSpan(0, 11)),
            Evaluation.Of(model, ids.AsSpan(10, 11)),
            Evaluation.Of(model, ids.AsSpan(20, 11)),
            Evaluation.Of(model, ids.AsSpan(30, 10)),
        ];
        double nats = parts.Sum(part => part.Nats * part.Tokens) / 39;

        Evaluation result = Evaluation.Of(model, ids, streams: 4, window: 3);
        Assert.That(result.Nats, Is.EqualTo(nats).Within(1e-6));
        Assert.That(result.Accuracy, Is.EqualTo(parts.Sum(part => part.Accuracy * part.Tokens) / 39).Within(1e-12));
        Assert.That((result.Tokens, result.Streams), Is.EqualTo((39L, 4)));
    }

    [Test]
    public void Of_MoreStreamsThanTokens_UsesOneForEach()
    {
        using Sequential model = TinyRun.NewModel(Backend);

        Evaluation result = Evaluation.Of(model, [1, 2, 3], streams: 100);

        Assert.That((result.Tokens, result.Streams), Is.EqualTo((2L, 2)));
    }

    [Test]
    public void Of_TextOfOneToken_Throws()
    {
        using Sequential model = TinyRun.NewModel(Backend);

        Assert.That(
            () => Evaluation.Of(model, [1]),
            Throws.InstanceOf<DataException>().With.Message.EqualTo("a text of 1 tokens, evaluation needs at least 2"));
    }

    [Test]
    public void Units_OfOneBit_AreLn2AndTwo()
    {
        var result = new Evaluation(Math.Log(2), Accuracy: 0.5, Tokens: 10, Streams: 1);

        Assert.That(result.BitsPerToken, Is.EqualTo(1).Within(1e-15));
        Assert.That(result.Perplexity, Is.EqualTo(2).Within(1e-15));
    }

    private (double Nats, double Accuracy) TokenByToken(Sequential model, int[] ids)
    {
        using RecurrentState state = model.NewState(1);
        double nats = 0;
        int hits = 0;
        for (int k = 0; k + 1 < ids.Length; k++)
        {
            using Tape tape = Tape.ForInference(Backend);
            (Tensor logits, StateCursor next) = model.Forward(tape, tape.Indices([1, 1], [ids[k]]), state);
            double[] scores = logits.ToArray();
            state.KeepFrom(next);
            nats += Math.Log(scores.Sum(Math.Exp)) - scores[ids[k + 1]];
            hits += Array.IndexOf(scores, scores.Max()) == ids[k + 1] ? 1 : 0;
        }

        return (nats / (ids.Length - 1), (double)hits / (ids.Length - 1));
    }
}
