namespace MiniLstm.Tests;

/// <summary>Other models than the usual one: <c>train</c> with their options, <c>summary</c>, <c>import</c>, <c>export</c>.</summary>
public sealed class ModelCommandTests : ProgramTests
{
    private static readonly string[] _regularized =
    [
        "--layer-norm", "--recurrent-dropout", "0.2", "--input-dropout", "0.1", "--weight-dropout", "0.1", "--word-dropout", "0.1",
        "--zoneout", "0.1",
    ];

    [TestCase("lstm")]
    [TestCase("gru")]
    [TestCase("rnn")]
    public void Train_CellWithEveryDropout_GivesTheSameBytesTwice(string cell)
    {
        string[] options = ["--cell", cell, .. _regularized, "--optimizer", "adamw", "--average", "0.9"];
        Train("whole", 12, options);
        Train("parts", 12, options);

        Assert.That(File.ReadAllBytes(In("parts", "model.safetensors")), Is.EqualTo(File.ReadAllBytes(In("whole", "model.safetensors"))));
        Assert.That(Run("summary", "--run", "whole").Output, Does.Contain($"({cell switch { "lstm" => "Lstm", "gru" => "Gru", _ => "SimpleRnn" }})"));
    }

    [TestCase("adam")]
    [TestCase("adamw")]
    [TestCase("sgd")]
    [TestCase("asgd")]
    [TestCase("rmsprop")]
    [TestCase("adagrad")]
    public void Train_Optimizer_IsNamed(string optimizer) => Assert.That(
        Train("run", 4, "--optimizer", optimizer, "--weight-decay", "0.01").Output,
        Does.Contain($"{optimizer}, learning rate").And.Contain("weight decay 0.01"));

    [Test]
    public void Train_InitFrom_BeginsWithThatModelAndItsTokenizer()
    {
        Train("first", 30, "--projection", "6", "--peepholes");
        File.WriteAllText(In("other.txt"), string.Concat(Enumerable.Repeat("other text, with 1 new Ω.\n", 60)));
        string[] arguments =
            ["train", "--data", "other.txt", "--init-from", "first", "--out", "second", "--steps", "1", "--batch", "4", "--window", "8", "--learning-rate", "1e-9"];
        ProgramResult result = Run(arguments);

        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(result.Output, Does.Contain("begins    with the model of first"));
        Assert.That(File.ReadAllBytes(In("second", "tokenizer.json")), Is.EqualTo(File.ReadAllBytes(In("first", "tokenizer.json"))));
        Assert.That(File.ReadAllBytes(In("second", "config.json")), Is.EqualTo(File.ReadAllBytes(In("first", "config.json"))));
    }

    [Test]
    public void Export_Safetensors_ComesBackByImportWithTheSameBytes()
    {
        Train("run", 4);
        ProgramResult export = Run("export", "--run", "run", "--format", "safetensors", "--out", "weights.safetensors");
        ProgramResult import = Run("import", "weights.safetensors", "--like", "run", "--out", "copy");

        Assert.That(export.Code, Is.Zero, export.ToString());
        Assert.That(import.Code, Is.Zero, import.ToString());
        Assert.That(File.ReadAllBytes(In("copy", "model.safetensors")), Is.EqualTo(File.ReadAllBytes(In("run", "model.safetensors"))));
        Assert.That(Run("evaluate", "--run", "copy", "--data", "text.txt").Code, Is.Zero);
    }

    [Test]
    public void Export_Onnx_WritesTheFile()
    {
        Train("run", 4);
        ProgramResult result = Run("export", "--run", "run", "--format", "onnx", "--probabilities");

        Assert.That(result.Code, Is.Zero, result.ToString());
        Assert.That(new FileInfo(In("run", "export.onnx")).Length, Is.GreaterThan(1000));
    }

    [Test]
    public void Import_KerasModel_CanBeShownButReadsNoText()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "Parity", "keras-files", "stacked_lstm.keras");
        ProgramResult import = Run("import", file, "--out", "imported");

        Assert.That(import.Code, Is.Zero, import.ToString());
        Assert.That(Run("summary", "--run", "imported").Output, Does.Contain("Dense"));
        ProgramResult generate = Run("generate", "--run", "imported");
        Assert.That(generate.Code, Is.EqualTo(2));
        Assert.That(generate.Error, Does.Contain("no tokenizer"));
    }

    [TestCase("--cell gru --projection 3", "--projection is for the cell state of an LSTM")]
    [TestCase("--cell rnn --peepholes", "--peepholes is for the cell state of an LSTM")]
    [TestCase("--cell qrnn", "expected one of lstm, gru, rnn")]
    [TestCase("--optimizer asgd --average 0.9", "keeps an average of its own")]
    [TestCase("--init-from run --hidden 9", "--hidden cannot change them")]
    [TestCase("--init-from nowhere", "there is no such folder")]
    [TestCase("--tie --projection 3 --embedding 5", "--tie needs an embedding as wide as")]
    public void Train_ChoicesThatDoNotGoTogether_AreOneLine(string choices, string expected) =>
        CheckRefused(["train", "--data", "text.txt", .. choices.Split(' ')], expected);

    [TestCase("import nothing.h5 --out x", "there is no such file")]
    [TestCase("import text.txt --out x", "expected a model or weights of Keras")]
    [TestCase("import text.safetensors --out x", "--like")]
    [TestCase("export --run nowhere --format onnx", "there is no such folder")]
    [TestCase("export --run nowhere --format pickle", "expected one of safetensors, onnx")]
    [TestCase("export", "--format")]
    public void ExchangeCommand_BadInput_IsOneLine(string arguments, string expected)
    {
        File.Copy(In("text.txt"), In("text.safetensors"));
        CheckRefused(arguments.Split(' '), expected);
    }

    private void CheckRefused(string[] arguments, string expected)
    {
        ProgramResult result = Run(arguments);
        Assert.That(result.Code, Is.Not.Zero, result.ToString());
        Assert.That(result.Error, Does.Contain(expected));
        Assert.That(result.Error.TrimEnd(), Does.Not.Contain("\n"));
        Assert.That(Directory.Exists(In("x")), Is.False);
    }
}
