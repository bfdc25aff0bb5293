using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Generating with small models that have learnt nothing, on the reference backend.</summary>
public sealed class TextGeneratorTests
{
    private static readonly SamplingOptions _likeliest = new(Temperature: 0);

    private readonly TokenizerFile _tokenizer = new(CharacterTokenizer.FromText("\nabcdefgh"), new TextNormalizer(new TextNormalizerOptions()));
    private ReferenceBackend _device = null!;
    private Sequential _model = null!;
    private TextGenerator _generator = null!;

    [SetUp]
    public void Build()
    {
        _device = new ReferenceBackend();
        int vocabulary = _tokenizer.Tokenizer.Count;
        _model = new Sequential(new Embedding(vocabulary, 4), new Lstm(6, layers: 2, returnSequences: true), new Dense(vocabulary));
        _model.Build(_device, seed: 3);
        _generator = new TextGenerator(_model, _tokenizer);
    }

    [TearDown]
    public void Free()
    {
        _model.Dispose();
        Assert.That(_device.Pool.Outstanding, Is.Empty);
        _device.Dispose();
    }

    [TestCase(3)]
    [TestCase(600)]
    public void Generate_TokenByToken_EqualsReadingTheWholeTextAtOnce(int promptLength)
    {
        string prompt = string.Concat(Enumerable.Range(0, promptLength).Select(n => (char)('a' + (n * n % 8))));
        string text = Generate(prompt, new GenerationOptions(Length: 20, _likeliest, Seed: 1));

        // What follows each place, if the model reads the text up to there in one pass from zeros.
        int[] ids = _tokenizer.Tokenizer.Encode(prompt + text);
        using Tape tape = Tape.ForInference(_device);
        (Tensor logits, _) = _model.Forward(tape, tape.Indices([ids.Length, 1], ids));
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
        var options = new GenerationOptions(Length: 50, new SamplingOptions(), Seed: 5);
        Assert.That(Generate("abc", options), Is.EqualTo(Generate("abc", options)).And.Length.EqualTo(50));
        Assert.That(Generate("abc", options), Is.Not.EqualTo(Generate("abc", options with { Seed = 6 })));
    }

    [Test]
    public void Generate_UnknownTokenLikeliest_IsNeverGenerated()
    {
        Parameter bias = _model.Parameters["dense.bias"];
        double[] values = new double[bias.View.Count];
        values[_tokenizer.Tokenizer.UnknownId] = 1000;
        _device.Upload(bias.View, values);

        string text = Generate("a", new GenerationOptions(Length: 50, new SamplingOptions(), Seed: 1));
        Assert.That(text, Has.Length.EqualTo(50).And.Not.Contains('\uFFFD'));
    }

    [Test]
    public void Generate_EmptyPrompt_StartsAfterALineFeed()
    {
        var options = new GenerationOptions(Length: 30, new SamplingOptions(), Seed: 2);
        Assert.That(Generate("", options), Is.EqualTo(Generate("\n", options)));
    }

    [Test]
    public void Generate_UnknownCharacter_IsReadAsTheUnknownToken()
    {
        var options = new GenerationOptions(Length: 30, _likeliest, Seed: 2);
        Assert.That(Generate("abz", options), Is.EqualTo(Generate("ab\uFFFD", options)));
    }

    [Test]
    public void Generate_StopText_EndsTheTextBeforeIt()
    {
        var options = new GenerationOptions(Length: 200, new SamplingOptions(Temperature: 5), Seed: 4);
        string all = Generate("a", options);
        string stop = all.Substring(100, 3);
        int first = all.IndexOf(stop, StringComparison.Ordinal);
        Assert.That(Generate("a", options with { StopText = stop }), Is.EqualTo(all[..first]));
    }

    [Test]
    public void Generate_EndedEarly_ReturnsItsMemory()
    {
        Assert.That(_generator.Generate("a", new GenerationOptions(1000, _likeliest, Seed: 1)).Take(3).ToArray(), Has.Length.EqualTo(3));
    }

    [Test]
    public void Generate_NegativeLength_IsRefusedAtOnce()
    {
        Assert.That(
            () => _generator.Generate("a", new GenerationOptions(-1, _likeliest, Seed: 1)),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private string Generate(string prompt, GenerationOptions options) => string.Concat(_generator.Generate(prompt, options));
}
