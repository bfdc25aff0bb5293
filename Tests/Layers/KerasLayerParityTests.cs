using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>The layers of Keras, by way of TensorFlow.js.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class KerasLayerParityTests(TestBackend device) : BackendFixture(device)
{
    // Keras's own numbers are float32.
    private const double Bound = 1e-4;

    private static readonly string[] _cases = [.. ParityCase.AllOfKeras.Where(name => !name.StartsWith("fit-", StringComparison.Ordinal))];

    [TestCaseSource(nameof(_cases))]
    public void Forward_CasesOfKeras_GivesItsOutputs(string name)
    {
        ParityCase expected = ParityCase.LoadKeras(name);
        Layer[] layers = [.. LayersOf(expected)];
        using var model = new Sequential(expected.Case.GetProperty("input").GetInt32(), layers);
        model.Build(Backend, seed: 1);
        SetWeights(model, expected);
        using Tape tape = Tape.ForInference(Backend);
        int[] shape = expected.Shape("input.x");
        Tensor x = tape.Input([shape[1], shape[0], shape[2]], TimeMajor(expected, "input.x"));

        Tensor y = model.Forward(tape, x).Logits;

        double[] values = expected.Shape("output.y").Length == 3 ? TimeMajor(expected, "output.y") : expected.Values("output.y");
        Assert.That(y.ToArray(), Is.EqualTo(values).Within(Bound * values.Max(Math.Abs)));
    }

    [Test]
    public void Cases_LayersOfKeras_AreAllThere() => Assert.That(_cases, Has.Length.EqualTo(18));

    private static IEnumerable<Layer> LayersOf(ParityCase expected)
    {
        if (expected.Case.TryGetProperty("mask_value", out JsonElement padding))
            yield return new Masking(padding.GetDouble());
        int units = expected.Case.GetProperty("units").GetInt32();
        bool returnsSequences = Flag(expected, "return_sequences");
        switch (Text(expected, "layer"))
        {
            case "GRU":
                yield return new Gru(units, returnSequences: returnsSequences)
                {
                    SeparateBiases = false,
                    ResetAfter = Flag(expected, "reset_after"),
                };
                break;
            case "SimpleRNN":
                yield return new SimpleRnn(units, returnSequences: returnsSequences) { SeparateBiases = false };
                break;
            case "Bidirectional(LSTM)":
                yield return new Bidirectional(LstmOf(expected, units, returnsSequences), MergeOf(Text(expected, "merge_mode")));
                break;
            case "TimeDistributed(Dense(softmax))":
                yield return new TimeDistributed(new Dense(units));
                yield return new Activation(ActivationFunction.Softmax);
                break;
            case "LayerNormalization":
                yield return new Model.LayerNormalization(expected.Case.GetProperty("epsilon").GetDouble());
                break;
            default:
                yield return LstmOf(expected, units, returnsSequences);
                break;
        }
    }

    private static Lstm LstmOf(ParityCase expected, int units, bool returnsSequences)
    {
        bool isBackwards = Flag(expected, "go_backwards");
        return new(units, returnSequences: returnsSequences, bias: !expected.Case.TryGetProperty("use_bias", out _))
        {
            SeparateBiases = false,
            Direction = isBackwards ? Direction.Backward : Direction.Forward,
            KeepsReadingOrder = isBackwards,
            GateActivation = expected.Case.TryGetProperty("recurrent_activation", out _)
                ? CellActivation.HardSigmoidKeras2
                : CellActivation.Sigmoid,
            Activation = Text(expected, "activation") == "relu" ? CellActivation.Relu : CellActivation.Tanh,
        };
    }

    private static MergeMode MergeOf(string name) => name switch
    {
        "sum" => MergeMode.Sum,
        "mul" => MergeMode.Multiply,
        "ave" => MergeMode.Average,
        _ => MergeMode.Concatenate,
    };

    // From Keras's names and layouts: kernels are transposed, and the gates of a GRU come in the order z, r, h.
    private static void SetWeights(Sequential model, ParityCase expected)
    {
        string[] names = [.. expected.Names.Where(name => name.StartsWith("param.", StringComparison.Ordinal))];
        Assert.That(model.Parameters.All, Has.Count.EqualTo(names.Length));
        bool isRecurrent = names.Any(name => name.EndsWith("kernel", StringComparison.Ordinal)) && model.Slots.Count > 0;
        foreach (string name in names)
        {
            string[] parts = name.Split('.');
            bool isReversed = Flag(expected, "go_backwards") || name.Contains("backward_", StringComparison.Ordinal);
            string suffix = isRecurrent ? "_l0" + (isReversed ? "_reverse" : "") : "";
            string own = (parts[^1], isRecurrent) switch
            {
                ("kernel", true) => "weight_ih",
                ("recurrent_kernel", true) => "weight_hh",
                ("bias", true) => "bias_ih",
                ("kernel" or "gamma", _) => "weight",
                _ => "bias",
            };
            double[] rows = RowsFirst(expected, name);
            if (parts[1] == "gru")
                rows = UpdateAndResetExchanged(rows);
            model.Parameters[$"{parts[1]}.{own}{suffix}"].Set(rows);
        }
    }

    private static double[] RowsFirst(ParityCase expected, string name)
    {
        int[] shape = expected.Shape(name);
        double[] values = expected.Values(name);
        if (shape.Length == 1)
            return values;
        double[] transposed = new double[values.Length];
        for (int k = 0; k < values.Length; k++)
            transposed[k % shape[1] * shape[0] + k / shape[1]] = values[k];
        return transposed;
    }

    private static double[] UpdateAndResetExchanged(double[] rows)
    {
        int third = rows.Length / 3;
        return [.. rows[third..(2 * third)], .. rows[..third], .. rows[(2 * third)..]];
    }

    private static double[] TimeMajor(ParityCase expected, string name)
    {
        int[] shape = expected.Shape(name);
        double[] values = expected.Values(name);
        (int batch, int steps, int width) = (shape[0], shape[1], shape[2]);
        double[] timeMajor = new double[values.Length];
        for (int row = 0; row < batch * steps; row++)
            Array.Copy(values, row * width, timeMajor, (row % steps * batch + row / steps) * width, width);
        return timeMajor;
    }

    private static bool Flag(ParityCase expected, string name) =>
        expected.Case.TryGetProperty(name, out JsonElement value) && value.GetBoolean();

    private static string Text(ParityCase expected, string name) =>
        expected.Case.TryGetProperty(name, out JsonElement value) ? value.GetString()! : "";
}
