using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Generating with small models that have learnt nothing.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class TextGeneratorTests(TestBackend device) : BackendFixture(device)
{
    private static readonly SamplingOptions _likeliest = new(Temperature: 0);

    private static readonly TokenizerFile _tokenizer =
        new(CharacterTokenizer.FromText("\nabcdefgh"), new TextNormalizer(new TextNormalizerOptions()));

    [TestCase(3)]
    [TestCase(600)]
    public void Generate_TokenByToken_EqualsReadingTheWholeTextAtOnce(int promptLength)
    {
        using Sequential model = NewModel();
        string prompt = string.Concat(Enumerable.Range(0, promptLength).Select(n => (char)('a' + (n * n % 8))));
        string text = Generate(model, prompt, new GenerationOptions(Length: 20, _likeliest, Seed: 1));

        // What follows each place, if the model reads the text up to there in one pass from zeros.
        int[] ids = _tokenizer.Tokenizer.Encode(prompt + text);
        using Tape tape = Tape.ForInference(Backend);
        (Tensor logits, _) = model.Forward(tape, tape.Indices([ids.Length, 1], ids));
        int vocabulary = _tokenizer.Tokenizer.Count;
        double[] all = logits.ToArray();
        for (int t = promptLength; t < ids.Length; t++)
        {
            // Id 0 is the unknown token.
            double[] expected = all[(((t - 1) * vocabulary) + 1)..(t * vocabulary)];
            Assert.That(ids[t], Is.EqualTo(1 + Array.IndexOf(expected, expected.Max())), $"token {t}");
        }
    }

    [Test]
    public void Generate_SameSeed_GivesTheSameText()
    {
        using Sequential model = NewModel();
        var options = new GenerationOptions(Length: 50, new SamplingOptions(), Seed: 5);
        Assert.That(
            Generate(model, "abc", options),
            Is.EqualTo(Generate(model, "abc", options)).And.Length.EqualTo(50));
        Assert.That(Generate(model, "abc", options), Is.Not.EqualTo(Generate(model, "abc", options with { Seed = 6 })));
    }

    // Prompts shorter and longer than others, one empty; a stop text that ends some of them early.
    [TestCase(null)]
    [TestCase("a")]
    public void GenerateBatch_AnyPrompts_IsWhatEachGivesAloneWithItsSeed(string? stop)
    {
        using Sequential model = NewModel();
        string[] prompts = ["abc", "", "h", "hgfedcba", "abc", "bb"];
        var options = new GenerationOptions(Length: 40, new SamplingOptions(), Seed: 5, stop);
        IReadOnlyList<string> texts = new TextGenerator(model, _tokenizer).GenerateBatch(prompts, options);
        string[] alone = [.. prompts.Select((prompt, k) => Generate(model, prompt, options with { Seed = 5 + (ulong)k }))];
        Assert.That(texts, Is.EqualTo(alone));
        Assert.That(texts[0], Is.Not.EqualTo(texts[4]));
    }

    [Test]
    public void GenerateBatch_MoreThanOneGroup_GoesOnWithTheNextSeed()
    {
        using Sequential model = NewModel();
        var options = new GenerationOptions(Length: 3, new SamplingOptions(), Seed: 0);
        string[] prompts = [.. Enumerable.Repeat("ab", 258)];
        IReadOnlyList<string> texts = new TextGenerator(model, _tokenizer).GenerateBatch(prompts, options);
        Assert.That(texts[257], Is.EqualTo(Generate(model, "ab", options with { Seed = 257 })));
    }

    [Test]
    public void GenerateBatch_NoPromptsOrNoLength_IsEmpty()
    {
        using Sequential model = NewModel();
        var generator = new TextGenerator(model, _tokenizer);
        var options = new GenerationOptions(Length: 0, new SamplingOptions(), Seed: 0);
        Assert.That(generator.GenerateBatch([], options), Is.Empty);
        Assert.That(generator.GenerateBatch(["a", "b"], options), Is.EqualTo(new[] { "", "" }));
    }

    [Test]
    public void GenerateBatch_Cancelled_Throws()
    {
        using Sequential model = NewModel();
        var options = new GenerationOptions(Length: 5, new SamplingOptions(), Seed: 0);
        Assert.That(
            () => new TextGenerator(model, _tokenizer).GenerateBatch(["a"], options, new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Generate_UnknownTokenLikeliest_IsNeverGenerated()
    {
        using Sequential model = NewModel();
        Parameter bias = model.Parameters["dense.bias"];
        double[] values = new double[bias.View.Count];
        values[_tokenizer.Tokenizer.UnknownId] = 1000;
        Backend.Upload(bias.View, values);

        string text = Generate(model, "a", new GenerationOptions(Length: 50, new SamplingOptions(), Seed: 1));
        Assert.That(text, Has.Length.EqualTo(50).And.Not.Contains('\uFFFD'));
    }

    [Test]
    public void Generate_EmptyPrompt_StartsAfterALineFeed()
    {
        using Sequential model = NewModel();
        var options = new GenerationOptions(Length: 30, new SamplingOptions(), Seed: 2);
        Assert.That(Generate(model, "", options), Is.EqualTo(Generate(model, "\n", options)));
    }

    [Test]
    public void Generate_UnknownCharacter_IsReadAsTheUnknownToken()
    {
        using Sequential model = NewModel();
        var options = new GenerationOptions(Length: 30, _likeliest, Seed: 2);
        Assert.That(Generate(model, "abz", options), Is.EqualTo(Generate(model, "ab\uFFFD", options)));
    }

    [Test]
    public void Generate_StopText_EndsTheTextBeforeIt()
    {
        using Sequential model = NewModel();
        var options = new GenerationOptions(Length: 200, new SamplingOptions(Temperature: 5), Seed: 4);
        string all = Generate(model, "a", options);
        string stop = all.Substring(100, 3);
        int first = all.IndexOf(stop, StringComparison.Ordinal);
        Assert.That(Generate(model, "a", options with { StopText = stop }), Is.EqualTo(all[..first]));
    }

    [Test]
    public void Generate_EndedEarly_ReturnsItsMemory()
    {
        using Sequential model = NewModel();
        var generator = new TextGenerator(model, _tokenizer);
        Assert.That(
            generator.Generate("a", new GenerationOptions(1000, _likeliest, Seed: 1)).Take(3).ToArray(),
            Has.Length.EqualTo(3));
    }

    [Test]
    public void Generate_NegativeLength_IsRefusedAtOnce()
    {
        using Sequential model = NewModel();
        var generator = new TextGenerator(model, _tokenizer);
        Assert.That(
            () => generator.Generate("a", new GenerationOptions(-1, _likeliest, Seed: 1)),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(1, true, "[time, batch, 1]")]
    [TestCase(10, false, "[batch, 10]")]
    public void Constructor_ModelThatDoesNotEndInLogitsOfEachStep_NamesBothShapes(
        int units, bool returnSequences, string output)
    {
        using var model = new Sequential(
            new Embedding(10, 4), new Lstm(6, returnSequences: returnSequences), new Dense(units));

        Assert.That(
            () => new TextGenerator(model, _tokenizer),
            Throws.ArgumentException.With.Message.StartsWith(
                $"TextGenerator: 10 tokens, but {output} flows out of dense of the model, expected [time, batch, 10]"));
    }

    private static string Generate(Sequential model, string prompt, GenerationOptions options) =>
        string.Concat(new TextGenerator(model, _tokenizer).Generate(prompt, options));

    private Sequential NewModel()
    {
        int vocabulary = _tokenizer.Tokenizer.Count;
        var lstm = new Lstm(6, layers: 2, returnSequences: true);
        var model = new Sequential(new Embedding(vocabulary, 4), lstm, new Dense(vocabulary));
        model.Build(Backend, seed: 3);
        return model;
    }
}
