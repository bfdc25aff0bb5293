using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>How <see cref="TimePooling"/> makes one row of all steps of a sequence.</summary>
public enum PoolingMode
{
    /// <summary>The last step that counts.</summary>
    Last,

    /// <summary>The largest value of each feature.</summary>
    Maximum,

    /// <summary>The mean of each feature.</summary>
    Mean,

    /// <summary>A weighted mean, with weights that are learnt.</summary>
    Attention,
}

/// <summary>Makes one row of the steps that count: [time, batch, features] becomes [batch, features]. A sequence of which nothing counts gives
/// 0.</summary>
/// <remarks>
/// <para>Attention is additive, with a learnt query (Bahdanau et al., 2015; Yang et al., 2016). Over the steps that count,
/// <code>
/// s[t] = v · tanh(W x[t] + b)      how much the step matters
/// a[t] = exp(s[t]) / Σ exp(s[k])
/// y    = Σ a[t] x[t]
/// </code>
/// </para>
/// <para>Parameters of attention: <c>weight</c> [features, features] and <c>bias</c> [features], uniform in ± 1 / sqrt(features) at first, and
/// <c>query</c> [1, features], v, likewise. Values at steps that do not count, NaN included, leave no trace.</para>
/// </remarks>
/// <param name="mode">How.</param>
/// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
public sealed class TimePooling(PoolingMode mode) : Layer
{
    // Far below any score, so that its exponential is 0, and finite, so that a row of nothing else is no NaN.
    private const double ScoreOfUncounted = -1e30;

    private Parameter? _weight;
    private Parameter? _bias;
    private Parameter? _query;

    /// <inheritdoc/>
    public override string Kind => TimePoolingConfig.Kind;

    /// <summary>How one row is made.</summary>
    public PoolingMode Mode { get; } = Enum.IsDefined(mode)
        ? mode
        : throw new ArgumentOutOfRangeException(nameof(mode), $"mode {mode}, expected a named one");

    /// <summary>Whether all steps take part, also those that do not count, as in Keras's GlobalMaxPooling1D.</summary>
    public bool IgnoresMask { get; init; }

    private string WeightName => $"{Name}.weight";

    private string BiasName => $"{Name}.bias";

    private string QueryName => $"{Name}.query";

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        ExpectTime(input);
        if (Mode == PoolingMode.Attention)
        {
            Initializer uniform = Initializers.Uniform(1 / Math.Sqrt(input.Width));
            plan.AddParameter(WeightName, [input.Width, input.Width], uniform);
            plan.AddParameter(BiasName, [input.Width], uniform);
            plan.AddParameter(QueryName, [1, input.Width], uniform);
        }

        return new(input.Width, HasTime: false);
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        if (Mode != PoolingMode.Attention)
            return;
        _weight = parameters[WeightName];
        _bias = parameters[BiasName];
        _query = parameters[QueryName];
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        SequenceMask? mask = x.Mask is { IsFull: false } partial && !IgnoresMask ? partial : null;
        Tensor values = x.Values;
        return new(Mode switch
        {
            PoolingMode.Last => Last(tape, values, mask),
            PoolingMode.Maximum => Maximum(tape, values, mask),
            PoolingMode.Mean => Mean(tape, values, mask),
            _ => Attend(tape, values, mask),
        });
    }

    internal override LayerConfig ToConfig() => new TimePoolingConfig(Name, Mode, IgnoresMask);

    private static Tensor Last(Tape tape, Tensor x, SequenceMask? mask)
    {
        (int steps, int batch) = (x.Shape[0], x.Shape[1]);
        if (mask is null)
            return x.At(steps - 1);
        int[] places = new int[batch];
        for (int row = 0; row < batch; row++)
        {
            int step = steps - 1;
            while (step > 0 && !mask[step, row])
                step--;
            places[row] = step * batch + row;
        }

        Tensor last = x.Reshape([steps * batch, x.Shape[2]]).Embedding(tape.Indices([batch], places));
        return OfSequencesWithSteps(tape, last, mask);
    }

    private static Tensor Maximum(Tape tape, Tensor x, SequenceMask? mask)
    {
        if (mask is null)
            return x.Max(0);
        Tensor largest = Masks.Flags(tape, mask).Select(x, tape.Filled(x.Shape, double.NegativeInfinity)).Max(0);
        return OfSequencesWithSteps(tape, largest, mask);
    }

    // [batch, features] with 0 for sequences of which nothing counts, whatever stood there.
    private static Tensor OfSequencesWithSteps(Tape tape, Tensor x, SequenceMask mask)
    {
        int[] hasSteps = [.. Masks.Lengths(mask).Select(length => Math.Min(length, 1))];
        return tape.Indices([mask.Batch], hasSteps).Select(x, tape.Filled(x.Shape, 0));
    }

    private static Tensor Mean(Tape tape, Tensor x, SequenceMask? mask)
    {
        if (mask is null)
            return x.Mean(0);
        double[] shares = [.. Masks.Lengths(mask).Select(length => 1.0 / Math.Max(length, 1))];
        return Masks.OnlyCounted(tape, x, mask).Sum(0) * tape.Input([mask.Batch, 1], shares);
    }

    private Tensor Attend(Tape tape, Tensor x, SequenceMask? mask)
    {
        (int steps, int batch) = (x.Shape[0], x.Shape[1]);
        x = Masks.OnlyCounted(tape, x, mask);
        Tensor scores = x.Linear(_weight ?? throw NotBuilt(), _bias).Tanh().Linear(_query ?? throw NotBuilt());
        if (mask is not null)
            scores = Masks.Flags(tape, mask).Select(scores, tape.Filled(scores.Shape, ScoreOfUncounted));
        Tensor weights = scores.Reshape([steps, batch]).Transpose(0, 1).Softmax().Transpose(0, 1);
        return (x * weights.Reshape([steps, batch, 1])).Sum(0);
    }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TimePoolingConfig(string Name, PoolingMode Mode, bool IgnoresMask = false) : LayerConfig(Name)
{
    public const string Kind = "time_pooling";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) =>
        new TimePooling(Mode) { Name = Name, IgnoresMask = IgnoresMask };
}
