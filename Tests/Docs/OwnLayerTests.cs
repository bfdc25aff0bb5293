using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>The cell and the layer of Model's README, on every backend.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class OwnLayerTests(TestBackend device) : BackendFixture(device)
{
    private const int Steps = 4;
    private const int Batch = 3;
    private const int Width = 5;
    private const int Units = 6;
    private const double Step = 1e-5;

    [Test]
    public void Backward_OwnCellAndLayer_IsTheSlopeOfTheLoss()
    {
        double[] slopes = Differences();

        double[] gradients = Gradients();

        double bound = Backend.Real == ElementKind.Float64 ? 1e-8 : 1e-5;
        Assert.That(gradients, Is.EqualTo(slopes).Within(bound * slopes.Max(Math.Abs)));
    }

    [Test]
    public void Forward_OwnCell_IsItsFormula()
    {
        using Sequential model = Built(Backend, new Model.Recurrent<MinimalGatedUnit>(default, Units) { SeparateBiases = true, Name = "mgu" });
        double[][] w = [.. model.Parameters["mgu.weight_ih_l0"].ToArray().Chunk(Width)];
        double[][] u = [.. model.Parameters["mgu.weight_hh_l0"].ToArray().Chunk(Units)];
        double[] b = model.Parameters["mgu.bias_ih_l0"].ToArray();
        double[] bState = model.Parameters["mgu.bias_hh_l0"].ToArray();
        double[] x = Input();
        double[] expected = new double[Batch * Units];
        for (int t = 0; t < Steps; t++)
        {
            double[] before = [.. expected];
            for (int k = 0; k < expected.Length; k++)
            {
                (int row, int unit) = (k / Units, k % Units);
                ReadOnlySpan<double> xt = x.AsSpan((t * Batch + row) * Width, Width);
                ReadOnlySpan<double> h = before.AsSpan(row * Units, Units);
                double f = 1 / (1 + Math.Exp(-(Dot(w[unit], xt) + b[unit] + Dot(u[unit], h) + bState[unit])));
                double ofState = Dot(u[Units + unit], h) + bState[Units + unit];
                double n = Math.Tanh(Dot(w[Units + unit], xt) + b[Units + unit] + f * ofState);
                expected[k] = (1 - f) * before[k] + f * n;
            }
        }

        using Tape tape = Tape.ForInference(Backend);
        double[] actual = model.Forward(tape, tape.Input([Steps, Batch, Width], x)).Logits.ToArray();

        Assert.That(actual, Is.EqualTo(expected).Within(1e-6));
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += a[k] * b[k];
        return sum;
    }

    private static double[] Input()
    {
        var random = new RandomStream(seed: 6, stream: 0);
        return [.. Enumerable.Range(0, Steps * Batch * Width).Select(_ => random.NextNormal())];
    }

    private static Sequential Built(Backend device, params Layer[] layers)
    {
        var model = new Sequential(Width, layers);
        model.Build(device, seed: 2);
        return model;
    }

    private static Sequential Both(Backend device) =>
        Built(device, new Model.Recurrent<MinimalGatedUnit>(default, Units, returnSequences: true), new Highway());

    private static Tensor Loss(Sequential model, Tape tape)
    {
        Tensor y = model.Forward(tape, tape.Input([Steps, Batch, Width], Input())).Logits;
        return y.SquaredError(tape.Filled(y.Shape, 0.25));
    }

    private double[] Gradients()
    {
        using Sequential model = Both(Backend);
        model.ClearGradients();
        using Tape tape = Tape.ForTraining(Backend);
        tape.Backward(Loss(model, tape));
        return [.. model.Parameters.All.SelectMany(parameter => parameter.GradientToArray())];
    }

    // Of every parameter, in float64.
    private static double[] Differences()
    {
        using var reference = new ReferenceBackend();
        using Sequential model = Both(reference);
        var slopes = new List<double>();
        foreach (Parameter parameter in model.Parameters.All)
        {
            double[] values = parameter.ToArray();
            for (int k = 0; k < values.Length; k++)
                slopes.Add((LossWith(parameter, values, k, Step) - LossWith(parameter, values, k, -Step)) / (2 * Step));
            parameter.Set(values);
        }

        return [.. slopes];

        double LossWith(Parameter parameter, double[] values, int index, double step)
        {
            double[] changed = [.. values];
            changed[index] += step;
            parameter.Set(changed);
            using Tape tape = Tape.ForInference(reference);
            return Loss(model, tape).ToScalar();
        }
    }
}
