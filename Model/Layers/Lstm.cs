using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// Long short-term memory layers over all time steps, one above the other: [time, batch, features] becomes [time,
/// batch, units], or [batch, units]. The equations stand at <see cref="LstmCell"/>.
/// </summary>
/// <remarks>
/// <para>Parameters of stacked layer k, named and laid out as in PyTorch, rows in the gate order i, f, g, o:
/// <c>weight_ih_l{k}</c> [4 units, features or units], <c>weight_hh_l{k}</c> [4 units, units], <c>bias_ih_l{k}</c> and
/// <c>bias_hh_l{k}</c> [4 units]. The two biases only ever appear as their sum; there are two so that weights can be
/// exchanged with PyTorch.</para>
/// <para>At first all are uniform in ± 1 / sqrt(units), as in PyTorch, and the forget gate's rows of <c>bias_ih</c> are
/// raised by the forget bias: at 1 a new cell keeps sigmoid(1) = 73 % of its state from step to step instead of half of
/// it, so that gradients reach back over more steps from the start (Gers et al., 2000; Jozefowicz et al., 2015). Keras
/// has 1. The default is 0, as in PyTorch, since it trained better here: a character model of 128 units on Shakespeare
/// came to 1.64 nats after 3,000 steps, with 1 to 1.71. Loaded weights are not touched by it.</para>
/// </remarks>
public sealed class Lstm : Layer
{
    private const int GateCount = 4;
    private const int MaximumLayers = 1024;

    private readonly List<Weights> _weights = [];
    private RandomStream? _stream;

    /// <summary>Makes the layers.</summary>
    /// <param name="units">Length of the states and of the output, at least 1.</param>
    /// <param name="layers">How many, one above the other, at least 1.</param>
    /// <param name="dropout">In training, the probability with which each element between two of the layers becomes 0:
    /// a fresh mask each time step, as in PyTorch. It does not act on the last output, and so not at all with one
    /// layer.</param>
    /// <param name="returnSequences">Whether the output of every time step flows out, or, as Keras has it by default,
    /// that of the last one.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <param name="forgetBias">What the forget gate's bias is raised by at first.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its
    /// range.</exception>
    public Lstm(
        int units,
        int layers = 1,
        double dropout = 0,
        bool returnSequences = false,
        bool bias = true,
        double forgetBias = 0)
    {
        if (!double.IsFinite(forgetBias))
            throw new ArgumentOutOfRangeException(nameof(forgetBias), $"forgetBias {forgetBias}, expected a number");
        Units = CheckSize(units, MaximumWidth);
        Layers = CheckSize(layers, MaximumLayers);
        Dropout = CheckProbability(dropout);
        ReturnsSequences = returnSequences;
        HasBias = bias;
        ForgetBias = forgetBias;
    }

    /// <inheritdoc/>
    public override string Kind => LstmConfig.Kind;

    /// <summary>Length of the states and of the output.</summary>
    public int Units { get; }

    /// <summary>How many layers there are, one above the other.</summary>
    public int Layers { get; }

    /// <summary>The probability of dropout between them.</summary>
    public double Dropout { get; }

    /// <summary>Whether the output of every time step flows out, or that of the last one.</summary>
    public bool ReturnsSequences { get; }

    /// <summary>Whether there are biases.</summary>
    public bool HasBias { get; }

    /// <summary>What the forget gate's bias is raised by at first.</summary>
    public double ForgetBias { get; }

    private bool Drops => Dropout > 0 && Layers > 1;

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        if (!input.HasTime)
            throw new ShapeException(
                $"{Name}: takes sequences [time, batch, features], but {input} flows in; " +
                "the layer before needs returnSequences: true");

        Initializer uniform = Initializers.Uniform(1 / Math.Sqrt(Units));
        int width = input.Width;
        for (int k = 0; k < Layers; k++)
        {
            plan.AddParameter(InputWeightName(k), [GateCount * Units, width], uniform);
            plan.AddParameter(RecurrentWeightName(k), [GateCount * Units, Units], uniform);
            if (HasBias)
            {
                plan.AddParameter(InputBiasName(k), [GateCount * Units], WithForgetBias(uniform));
                plan.AddParameter(RecurrentBiasName(k), [GateCount * Units], uniform);
            }

            plan.AddSlot(new(Name, k, Units));
            width = Units;
        }

        return new(Units, HasTime: ReturnsSequences);
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        // A build that failed in a later layer may have come this far.
        _weights.Clear();
        for (int k = 0; k < Layers; k++)
        {
            _weights.Add(new(
                parameters[InputWeightName(k)],
                parameters[RecurrentWeightName(k)],
                HasBias ? parameters[InputBiasName(k)] : null,
                HasBias ? parameters[RecurrentBiasName(k)] : null));
        }

        if (Drops)
            _stream = streams.Add(Name);
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        if (_weights.Count == 0)
            throw NotBuilt();

        RecurrentResult result = Run(tape, _weights[0], x, cursor);
        for (int k = 1; k < Layers; k++)
        {
            Tensor below = result.Hidden;
            if (tape.IsTraining && _stream is not null)
                below = below.Dropout(Dropout, _stream);
            result = Run(tape, _weights[k], new(below), cursor);
        }

        return new(ReturnsSequences ? result.Hidden : result.LastHidden);
    }

    internal override LayerConfig ToConfig() =>
        new LstmConfig(Name, Units, Layers, Dropout, ReturnsSequences, HasBias, ForgetBias);

    private static RecurrentResult Run(Tape tape, Weights weights, Flow x, StateCursor cursor)
    {
        Tensor? bias = weights is { InputBias: { } inputBias, RecurrentBias: { } recurrentBias }
            ? tape.Use(inputBias) + recurrentBias
            : null;
        Tensor sums = x.Linear(weights.Input, bias).Values;
        (Tensor? hidden, Tensor? cell) = cursor.Take();
        RecurrentResult result = sums.Recur(default(LstmCell), weights.Recurrent, new() { InitialHidden = hidden, InitialCell = cell });
        cursor.Put(result);
        return result;
    }

    private Initializer WithForgetBias(Initializer initializer) => (values, random) =>
    {
        initializer(values, random);
        foreach (ref double value in values.Slice(Units, Units))
            value += ForgetBias;
    };

    private string InputWeightName(int k) => $"{Name}.weight_ih_l{k}";

    private string RecurrentWeightName(int k) => $"{Name}.weight_hh_l{k}";

    private string InputBiasName(int k) => $"{Name}.bias_ih_l{k}";

    private string RecurrentBiasName(int k) => $"{Name}.bias_hh_l{k}";

    private sealed record Weights(Parameter Input, Parameter Recurrent, Parameter? InputBias, Parameter? RecurrentBias);
}
