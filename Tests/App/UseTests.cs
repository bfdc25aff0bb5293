using System.Text.Json;

namespace MiniLstm.Tests;

/// <summary>generate and evaluate, on one small run.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class UseTests : ProgramFixture
{
    [OneTimeSetUp]
    public void SetUp()
    {
        MakeFolder();
        Train("run", 300);
    }

    [OneTimeTearDown]
    public void TearDown() => DeleteFolder();

    [Test]
    public void Generate_SameSeed_WritesTheSameText()
    {
        string first = Generate("--seed", "3", "--length", "60");
        Assert.That(first, Does.StartWith("line "));
        Assert.That(first.TrimEnd('\n'), Has.Length.EqualTo("line ".Length + 60));
        Assert.That(Generate("--seed", "3", "--length", "60"), Is.EqualTo(first));
        Assert.That(Generate("--seed", "4", "--length", "60"), Is.Not.EqualTo(first));
    }

    [Test]
    public void Generate_TemperatureZero_NeedsNoSeed()
    {
        Assert.That(
            Generate("--temperature", "0", "--seed", "1"),
            Is.EqualTo(Generate("--temperature", "0", "--seed", "2")));
    }

    [Test]
    public void Generate_StopText_EndsBeforeIt()
    {
        Assert.That(Generate("--stop", "e"), Does.Match("^line [^e]*$"));
    }

    [Test]
    public void Generate_UnknownCharacters_AreNamedOnStandardError()
    {
        ProgramResult result = Run("generate", "--run", "run", "--prompt", "Zoë", "--length", "5");
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Error, Does.Contain("Z (U+005A, once), ë (U+00EB, once)").And.Contain("the unknown token"));
        Assert.That(result.Output, Does.StartWith("Zoë"));
    }

    [Test]
    public void Generate_PromptWithAnAtSign_IsNoFile()
    {
        Assert.That(
            Run("generate", "--run", "run", "--prompt", "@text.txt", "--length", "1").Output,
            Does.StartWith("@text.txt"));
    }

    [Test]
    public void Generate_Samples_AreTheTextsOfOneSeedAfterTheOther()
    {
        string all = Generate("--seed", "3", "--length", "30", "--samples", "2");
        string expected = string.Concat(Enumerable.Range(3, 2).Select(seed =>
            $"=== {seed - 2}, seed {seed}\n{Generate("--seed", $"{seed}", "--length", "30")}\n"));
        Assert.That(all, Is.EqualTo(expected));
    }

    [Test]
    public void Generate_MoreSamplesThanOneGroup_CountOn()
    {
        string all = Generate("--seed", "3", "--length", "5", "--samples", "258");
        Assert.That(all, Does.EndWith($"\n\n=== 258, seed 260\n{Generate("--seed", "260", "--length", "5")}\n"));
        Assert.That(all.Split("=== "), Has.Length.EqualTo(1 + 258));
    }

    [Test]
    public void Generate_Prompts_ContinuesEachLine()
    {
        File.WriteAllText(In("prompts.txt"), "line 1\r\nte\u2028\fxt\n");
        ProgramResult result = Run("generate", "--run", "run", "--prompts", "prompts.txt", "--length", "5", "--weights", "int8");
        Assert.That(result.Output, Does.Match("(?s)^=== 1, seed 1\nline 1.{5}\n\n=== 2, seed 2\nte\u2028\fxt.{5}\n\n$"));
        AssertOneLine(Run("generate", "--run", "run", "--prompts", "prompts.txt", "--prompt", "a"), 2, "--prompts", "--prompt");
        AssertOneLine(Run("generate", "--run", "run", "--prompts", "missing.txt"), 2, "missing.txt");
    }

    [Test]
    public void Generate_WeightsThatTheDeviceLacks_IsOneLine()
    {
        AssertOneLine(Run("generate", "--run", "run", "--weights", "int4"), 2, "--weights 'int4'", "f32, bf16, int8");
        AssertOneLine(Run("generate", "--run", "run", "--weights", "int8", "--device", "reference"), 2, "--weights int8", "reference");
    }

    [Test]
    public void Generate_Verbose_NamesRunAndDevice()
    {
        Assert.That(
            Run("generate", "--run", "run", "--length", "5", "--verbose").Error,
            Does.Match(@"^run       run\ndevice    host, \d+ threads, vectors of .+, weights as f32\npath "));
        Assert.That(Run("generate", "--run", "run", "--length", "5").Error, Is.Empty);
    }

    [Test]
    public void Evaluate_NamesItsDevice()
    {
        ProgramResult host = Run("evaluate", "--run", "run", "--threads", "1", "--weights", "bf16", "--json");
        Assert.That(host.Output, Does.Match("(?m)^device    host, 1 threads, vectors of .+, weights as bf16$"));
        Assert.That(Json(host).GetProperty("device").GetString(), Is.EqualTo("host"));
        Assert.That(Json(host).TryGetProperty("precision", out _), Is.False);
        Assert.That(Json(Run("evaluate", "--run", "run", "--device", "reference", "--json")).GetProperty("device").GetString(), Is.EqualTo("reference"));
    }

    [Test]
    public void Evaluate_NarrowWeights_ArePerplexedByAPercentAtMost()
    {
        double exact = PerplexityWith("f32");
        Assert.That(PerplexityWith("bf16"), Is.EqualTo(exact).Within(0.5).Percent.And.Not.EqualTo(exact));
        Assert.That(PerplexityWith("int8"), Is.EqualTo(exact).Within(1).Percent.And.Not.EqualTo(exact));

        double PerplexityWith(string weights)
        {
            JsonElement report = Json(Run("evaluate", "--run", "run", "--weights", weights, "--json"));
            Assert.That(report.GetProperty("weights").GetString(), Is.EqualTo(weights));
            return report.GetProperty("perplexity").GetDouble();
        }
    }

    [Test]
    public void Evaluate_WithoutStreams_HasSomeOfTwoThousandCharacters()
    {
        File.WriteAllText(In("long.txt"), string.Concat(Enumerable.Range(0, 6500).Select(k => (char)('1' + k % 9))));
        ProgramResult result = Run("evaluate", "--run", "run", "--data", "long.txt", "--json");
        Assert.That(result.Output, Does.Contain("streams   3, a little too high"));
        Assert.That(Json(result).GetProperty("streams").GetInt32(), Is.EqualTo(3));
    }

    [Test]
    public void Evaluate_Json_HasModelAndBaseline()
    {
        ProgramResult result = Run("evaluate", "--run", "run", "--baseline", "3", "--json");
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("1, exact").And.Contain("3-gram"));

        JsonElement report = Json(result);
        double nats = report.GetProperty("nats").GetDouble();
        Assert.That(nats, Is.InRange(0.5, 3.2));
        Assert.That(report.GetProperty("bitsPerCharacter").GetDouble(), Is.EqualTo(nats / Math.Log(2)).Within(1e-9));
        Assert.That(report.GetProperty("perplexity").GetDouble(), Is.EqualTo(Math.Exp(nats)).Within(1e-9));
        Assert.That(report.GetProperty("accuracy").GetDouble(), Is.InRange(0.1, 1));
        Assert.That(
            report.GetProperty("characters").GetInt32(),
            Is.EqualTo(Text.Length - (int)(0.9 * Text.Length) - 1));
        Assert.That(report.GetProperty("baselineOrder").GetInt32(), Is.EqualTo(3));
        Assert.That(report.GetProperty("baselineNats").GetDouble(), Is.InRange(0.1, 2));
    }

    [Test]
    public void Evaluate_BaselineWithoutOrder_IsA6Gram_AndWithoutIt_ThereIsNone()
    {
        Assert.That(
            Json(Run("evaluate", "--run", "run", "--baseline", "--json")).GetProperty("baselineOrder").GetInt32(),
            Is.EqualTo(6));
        Assert.That(Json(Run("evaluate", "--run", "run", "--json")).TryGetProperty("baselineOrder", out _), Is.False);
    }

    [Test]
    public void Evaluate_Part_IsThatPartOfTheRunsText()
    {
        JsonElement report = Json(Run("evaluate", "--run", "run", "--part", "train", "--streams", "8", "--json"));
        Assert.That(report.GetProperty("characters").GetInt32(), Is.EqualTo((int)(0.9 * Text.Length) - 1));
        Assert.That(report.GetProperty("streams").GetInt32(), Is.EqualTo(8));
        AssertOneLine(Run("evaluate", "--run", "run", "--part", "test"), 2, "--part test", "no such part");
    }

    [Test]
    public void Evaluate_OtherText_IsReadAsTheModelReads()
    {
        File.WriteAllText(In("other.txt"), "line 1 of the text, 2.\r\nÜ");
        ProgramResult result = Run("evaluate", "--run", "run", "--data", "other.txt", "--json");
        Assert.That(result.Output, Does.Contain("unknown   Ü (U+00DC, once)"));
        Assert.That(
            Json(result).GetProperty("characters").GetInt32(),
            Is.EqualTo("line 1 of the text, 2.\nÜ".Length - 1));
    }

    [Test]
    public void Evaluate_OtherTextThatIsMissing_IsOneLine()
    {
        AssertOneLine(Run("evaluate", "--run", "run", "--data", "missing.txt"), 2, "missing.txt");
    }

    private string Generate(params string[] more)
    {
        ProgramResult result = Run(["generate", "--run", "run", "--prompt", "line ", .. more]);
        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Error, Is.Empty);
        return result.Output;
    }

    private static JsonElement Json(ProgramResult result)
    {
        Assert.That(result.Code, Is.Zero, result.ToString());
        return JsonDocument.Parse(result.LastLine).RootElement;
    }
}
