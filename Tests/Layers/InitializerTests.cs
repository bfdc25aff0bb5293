using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class InitializerTests
{
    private const int Outputs = 120;
    private const int Inputs = 60;

    private static readonly (string Name, Initializer Of, double Variance, bool IsUniform)[] _scaled =
    [
        ("Glorot uniform", Initializers.GlorotUniform, 2.0 / (Inputs + Outputs), true),
        ("Glorot normal", Initializers.GlorotNormal, 2.0 / (Inputs + Outputs), false),
        ("He uniform", Initializers.HeUniform, 2.0 / Inputs, true),
        ("He normal", Initializers.HeNormal, 2.0 / Inputs, false),
        ("LeCun uniform", Initializers.LeCunUniform, 1.0 / Inputs, true),
        ("LeCun normal", Initializers.LeCunNormal, 1.0 / Inputs, false),
    ];

    [TestCaseSource(nameof(_scaled))]
    public void Scaled_ManyValues_HaveTheirVarianceAndBound((string Name, Initializer Of, double Variance, bool IsUniform) scaled)
    {
        // A uniform distribution in ± b has variance b² / 3; a normal one is cut off at two deviations of what was drawn.
        const double LeftOfDeviation = 0.8796256610342398;
        double bound = scaled.IsUniform ? Math.Sqrt(3 * scaled.Variance) : 2 * Math.Sqrt(scaled.Variance) / LeftOfDeviation;

        double[] values = Values(scaled.Of, [Outputs, Inputs]);

        Assert.That(values.Max(Math.Abs), Is.InRange(0.97 * bound, bound));
        Assert.That(values.Average(), Is.EqualTo(0).Within(4 * Math.Sqrt(scaled.Variance / values.Length)));
        Assert.That(values.Average(value => value * value), Is.EqualTo(scaled.Variance).Within(5).Percent);
    }

    [TestCase(3, 7)]
    [TestCase(7, 3)]
    [TestCase(40, 10)]
    [TestCase(16, 16)]
    [TestCase(1, 5)]
    public void Orthogonal_AnyShape_HasOrthogonalVectorsOfTheGain(int rows, int columns)
    {
        const double Gain = 1.5;
        double[] values = Values(Initializers.Orthogonal(Gain), [rows, columns]);
        double[][] vectors = rows <= columns
            ? [.. values.Chunk(columns)]
            : [.. Enumerable.Range(0, columns).Select(column => values.Where((_, k) => k % columns == column).ToArray())];

        for (int a = 0; a < vectors.Length; a++)
        {
            for (int b = 0; b < vectors.Length; b++)
                Assert.That(vectors[a].Zip(vectors[b], (x, y) => x * y).Sum(), Is.EqualTo(a == b ? Gain * Gain : 0).Within(1e-12));
        }
    }

    [Test]
    public void Orthogonal_SquareMatrices_TurnEitherWay()
    {
        double[] traces = [.. Enumerable.Range(0, 200).Select(seed => Values(Initializers.Orthogonal(), [2, 2], (ulong)seed)[0])];

        Assert.That(traces.Average(), Is.EqualTo(0).Within(0.2), "no direction is preferred");
        Assert.That(traces.Count(trace => trace < 0), Is.InRange(70, 130));
    }

    [Test]
    public void Normal_ManyValues_HaveTheirDeviation()
    {
        double[] values = Values(Initializers.Normal(0.3), [Outputs, Inputs]);

        Assert.That(Math.Sqrt(values.Average(value => value * value)), Is.EqualTo(0.3).Within(3).Percent);
        Assert.That(values.Max(Math.Abs), Is.GreaterThan(0.9), "not cut off");
    }

    [Test]
    public void Build_RecurrentLayersOfKeras_StartAsKeras([Values("lstm", "gru", "simple_rnn")] string kind)
    {
        const int Units = 8;
        RecurrentLayer layer = kind switch
        {
            "lstm" => new Lstm(Units) { Defaults = Defaults.Keras, SeparateBiases = false },
            "gru" => new Gru(Units) { Defaults = Defaults.Keras },
            _ => new SimpleRnn(Units) { Defaults = Defaults.Keras },
        };
        using var backend = new ReferenceBackend();
        using Sequential model = Built(backend, Inputs, layer);
        int rows = model.Parameters[$"{kind}.weight_ih_l0"].Shape[0];
        double limit = Math.Sqrt(6.0 / (Inputs + rows));
        double[] input = model.Parameters[$"{kind}.weight_ih_l0"].ToArray();
        double[] recurrent = model.Parameters[$"{kind}.weight_hh_l0"].ToArray();

        Assert.That(input.Max(Math.Abs), Is.InRange(0.95 * limit, limit), "Glorot over the gates of one matrix");
        double[] first = Column(0);
        Assert.That(first.Sum(value => value * value), Is.EqualTo(1).Within(1e-12));
        Assert.That(first.Zip(Column(1), (a, b) => a * b).Sum(), Is.EqualTo(0).Within(1e-12));
        double[] bias = model.Parameters[$"{kind}.bias_ih_l0"].ToArray();
        Assert.That(bias, Is.EqualTo(Enumerable.Range(0, rows).Select(row => kind == "lstm" && row / Units == 1 ? 1.0 : 0)));

        double[] Column(int column) => [.. recurrent.Where((_, k) => k % Units == column)];
    }

    [Test]
    public void Build_RecurrentLayersOfPyTorch_AreUniformByTheirUnits([Values("lstm", "gru", "simple_rnn")] string kind)
    {
        const int Units = 25;
        RecurrentLayer layer = kind switch
        {
            "lstm" => new Lstm(Units),
            "gru" => new Gru(Units),
            _ => new SimpleRnn(Units),
        };
        using var backend = new ReferenceBackend();
        using Sequential model = Built(backend, Inputs, layer);

        Assert.That(model.Parameters.All, Has.Count.EqualTo(4));
        foreach (Parameter parameter in model.Parameters.All)
            Assert.That(parameter.ToArray().Max(Math.Abs), Is.InRange(0.15, 0.2), parameter.Name);
    }

    [Test]
    public void Build_DenseAndEmbeddingOfKeras_StartAsKeras()
    {
        using var backend = new ReferenceBackend();
        using Sequential dense = Built(backend, Inputs, new Dense(Outputs) { Defaults = Defaults.Keras });
        using Sequential embedding = Built(backend, 0, new Embedding(50, 20) { Defaults = Defaults.Keras });
        double limit = Math.Sqrt(6.0 / (Inputs + Outputs));

        Assert.That(dense.Parameters["dense.weight"].ToArray().Max(Math.Abs), Is.InRange(0.95 * limit, limit));
        Assert.That(dense.Parameters["dense.bias"].ToArray(), Is.All.EqualTo(0));
        Assert.That(embedding.Parameters["embedding.weight"].ToArray().Max(Math.Abs), Is.InRange(0.0475, 0.05));
    }

    [Test]
    public void Build_OwnInitializers_AreTakenInsteadOfDefaults()
    {
        using var backend = new ReferenceBackend();
        using Sequential model = Built(backend, 3, new Lstm(2, forgetBias: 1)
        {
            InputInitializer = Initializers.Constant(0.5),
            RecurrentInitializer = Initializers.Ones,
            BiasInitializer = Initializers.Zeros,
        });

        Assert.That(model.Parameters["lstm.weight_ih_l0"].ToArray(), Is.All.EqualTo(0.5));
        Assert.That(model.Parameters["lstm.weight_hh_l0"].ToArray(), Is.All.EqualTo(1));
        Assert.That(model.Parameters["lstm.bias_ih_l0"].ToArray(), Is.EqualTo(new double[] { 0, 0, 1, 1, 0, 0, 0, 0 }));
    }

    private static double[] Values(Initializer initializer, Shape shape, ulong seed = 1)
    {
        double[] values = new double[shape.Count];
        initializer(shape, values, new RandomStream(seed, stream: 0));
        return values;
    }

    private static Sequential Built(Backend device, int inputWidth, Layer layer)
    {
        var model = new Sequential(inputWidth, layer);
        model.Build(device, seed: 1);
        return model;
    }
}
