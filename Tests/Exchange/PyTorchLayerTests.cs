using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Recurrent layers with all of PyTorch's options, from its files and to them. The parameters are those of the
/// cases under Parity/pytorch.</summary>
public sealed class PyTorchLayerTests
{
    private const string Module = "encoder.rnn";

    private static readonly string[] _cases =
        [.. ParityCase.All.Where(name => name.Split('-')[0] is "lstm" or "gru" or "rnn")];

    private ReferenceBackend _device = null!;
    private FileFolder _folder = null!;

    [SetUp]
    public void Open()
    {
        _device = new ReferenceBackend(BackendOptions.Default);
        _folder = new FileFolder();
    }

    [TearDown]
    public void Close()
    {
        _folder.Dispose();
        _device.Dispose();
    }

    [TestCaseSource(nameof(_cases))]
    public void LoadAndSave_LayersOfPyTorch_ComputeTheSame_AndComeBack(string name)
    {
        ParityCase expected = ParityCase.Load(name);
        using Sequential model = Build(expected, separateBiases: true);
        string path = Write(expected);

        PyTorchWeights.Load(path, model);
        PyTorchWeights.Save(_folder["again.safetensors"], model, new Dictionary<string, string> { [Module] = model.Layers[0].Name });

        CheckOutput(expected, model);
        using SafetensorsFile from = SafetensorsFile.Open(path);
        using SafetensorsFile to = SafetensorsFile.Open(_folder["again.safetensors"]);
        Assert.That(to.Tensors.Select(tensor => tensor.Name), Is.EquivalentTo(from.Tensors.Select(tensor => tensor.Name)));
        foreach (SafetensorsTensor tensor in from.Tensors)
            Assert.That(Read(to, tensor.Name), Is.EqualTo(Read(from, tensor.Name)), tensor.Name);
    }

    [TestCaseSource(nameof(_cases))]
    public void Load_IntoALayerWithOneBias_AddsBoth_AndSavesZeroAsTheSecond(string name)
    {
        ParityCase expected = ParityCase.Load(name);
        using Sequential model = Build(expected, separateBiases: false);
        if (model.Layers[0] is Gru && expected.Names.Any(n => n.StartsWith("param.bias", StringComparison.Ordinal)))
        {
            Assert.That(() => PyTorchWeights.Load(Write(expected), model),
                Throws.TypeOf<ModelFileException>().With.Message.Contains("which has one bias"));
            return;
        }

        PyTorchWeights.Load(Write(expected), model);
        PyTorchWeights.Save(_folder["again.safetensors"], model);

        CheckOutput(expected, model);
        using SafetensorsFile to = SafetensorsFile.Open(_folder["again.safetensors"]);
        foreach (SafetensorsTensor tensor in to.Tensors.Where(tensor => tensor.Name.Contains("bias_hh", StringComparison.Ordinal)))
            Assert.That(Read(to, tensor.Name), Is.All.Zero);
        Assert.That(to.Tensors, Has.Count.EqualTo(expected.Names.Count(n => n.StartsWith("param.", StringComparison.Ordinal))));
    }

    [Test]
    public void LoadAndSave_GruThatResetsBefore_AreRefused()
    {
        using var model = new Sequential(2, new Gru(3) { ResetAfter = false });
        model.Build(_device, seed: 1);

        Assert.That(() => PyTorchWeights.Save(_folder["gru.safetensors"], model),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("gru resets before the product"));
    }

    private static Sequential Describe(ParityCase expected, bool separateBiases)
    {
        int Number(string name, int otherwise) => expected.Case.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : otherwise;
        bool Flag(string name, bool otherwise) => expected.Case.TryGetProperty(name, out JsonElement value) ? value.GetBoolean() : otherwise;
        (int units, int layers, bool bias) = (Number("hidden_size", 0), Number("num_layers", 1), Flag("bias", true));
        Direction direction = Flag("bidirectional", false) ? Direction.Bidirectional : Direction.Forward;
        bool isRelu = expected.Case.TryGetProperty("nonlinearity", out JsonElement value) && value.GetString() == "relu";
        RecurrentLayer layer = expected.Case.GetProperty("layer").GetString() switch
        {
            "LSTM" => new Lstm(units, layers, returnSequences: true, bias: bias)
            {
                Direction = direction,
                Projection = Number("proj_size", 0),
                SeparateBiases = separateBiases,
                MaskedOutput = MaskedOutput.Zero,
            },
            "GRU" => new Gru(units, layers, returnSequences: true, bias: bias)
            {
                Direction = direction,
                SeparateBiases = separateBiases,
                MaskedOutput = MaskedOutput.Zero,
            },
            _ => new SimpleRnn(units, layers, returnSequences: true, bias: bias)
            {
                Direction = direction,
                SeparateBiases = separateBiases,
                Activation = isRelu ? CellActivation.Relu : CellActivation.Tanh,
            },
        };
        return new(Number("input_size", 0), layer);
    }

    private Sequential Build(ParityCase expected, bool separateBiases)
    {
        Sequential model = Describe(expected, separateBiases);
        model.Build(_device, seed: 1);
        return model;
    }

    private string Write(ParityCase expected)
    {
        string[] names = [.. expected.Names.Where(name => name.StartsWith("param.", StringComparison.Ordinal))];
        SafetensorsTensor[] declared =
        [
            .. names.Select(name => new SafetensorsTensor(
                $"{Module}.{name["param.".Length..]}", SafetensorsType.F64, [.. expected.Shape(name).Select(size => (long)size)])),
        ];
        using FileStream stream = File.Create(_folder["module.safetensors"]);
        var writer = new SafetensorsWriter(stream, declared, new Dictionary<string, string> { ["format"] = "pt" });
        foreach (string name in names)
            writer.Write($"{Module}.{name["param.".Length..]}", expected.Values(name));
        writer.Complete();
        return _folder["module.safetensors"];
    }

    private void CheckOutput(ParityCase expected, Sequential model)
    {
        using Tape tape = Tape.ForInference(_device);
        bool batchFirst = expected.Case.TryGetProperty("batch_first", out JsonElement first) && first.GetBoolean();
        int[] shape = expected.Shape("input.x");
        (int time, int batch) = batchFirst ? (shape[1], shape[0]) : (shape[0], shape[1]);
        Tensor x = tape.Input([time, batch, shape[2]], KerasFiles.TimeMajor(expected.Values("input.x"), batchFirst, batch, time));
        SequenceMask? mask = expected.Names.Contains("input.lengths")
            ? SequenceMask.FromLengths(expected.Integers("input.lengths"), time)
            : null;
        (Tensor, Tensor?)[] initial = [];
        if (expected.Names.Contains("input.h0"))
        {
            Tensor hidden = tape.Input(new Shape(expected.Shape("input.h0")), expected.Values("input.h0"));
            Tensor? cells = expected.Names.Contains("input.c0")
                ? tape.Input(new Shape(expected.Shape("input.c0")), expected.Values("input.c0"))
                : null;
            initial = [.. model.Slots.Select((_, k) => (hidden.At(k), cells?.At(k)))];
        }

        Tensor y = model.Forward(tape, new Flow(x, mask), new StateCursor(model.Slots, initial));

        double[] values = KerasFiles.TimeMajor(expected.Values("output.y"), batchFirst, batch, time);
        Closeness.CheckOutput(_device, y.ToArray(), values, "y");
    }

    private static double[] Read(SafetensorsFile file, string name)
    {
        double[] values = new double[file[name].Count];
        file.Read(name, values);
        return values;
    }
}
