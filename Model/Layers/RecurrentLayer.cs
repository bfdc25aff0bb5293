using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// Recurrent layers over all time steps, one above the other, in one direction or both: [time, batch, features] becomes [time, batch, width], or
/// [batch, width]. What is common to <see cref="Lstm"/>, <see cref="Gru"/>, <see cref="SimpleRnn"/> and <see cref="Recurrent{TCell}"/>.
/// </summary>
/// <remarks>
/// <para>Parameters of stacked layer k, named and laid out as in PyTorch, with <c>_reverse</c> after the names of the other direction:
/// <c>weight_ih_l{k}</c> [gates · units, features], <c>weight_hh_l{k}</c> [gates · units, width of the hidden state], and the biases
/// <c>bias_ih_l{k}</c> and <c>bias_hh_l{k}</c> [gates · units].</para>
/// <para>Every option runs through the one recurrent operation of the engine. Steps that a mask leaves out are not computed.</para>
/// </remarks>
public abstract class RecurrentLayer : Layer
{
    private const int MaximumLayers = 1024;

    private readonly List<RecurrentBranch> _branches = [];
    private RandomStream? _stream;

    private protected RecurrentLayer(int units, int layers, double dropout, bool returnSequences, bool bias) => Options = new()
    {
        Units = CheckSize(units, MaximumWidth),
        Layers = CheckSize(layers, MaximumLayers),
        Dropout = CheckProbability(dropout),
        ReturnSequences = returnSequences,
        Bias = bias,
    };

    // Every number through the same checks.
    private protected RecurrentLayer(RecurrentOptions options)
        : this(options.Units, options.Layers, options.Dropout, options.ReturnSequences, options.Bias)
    {
        CheckProbability(options.InputDropout);
        CheckProbability(options.RecurrentDropout);
        CheckProbability(options.WeightDropout);
        CheckProbability(options.HiddenZoneout);
        CheckPenalty(options.ActivityPenalty);
        CheckPenalty(options.TemporalPenalty);
        Options = options;
    }

    /// <summary>All options but those of single kinds of cells.</summary>
    public RecurrentOptions Options { get; private set; }

    /// <summary>Length of the states and, in one direction, of the output.</summary>
    public int Units => Options.Units;

    /// <summary>How many layers there are, one above the other.</summary>
    public int Layers => Options.Layers;

    /// <summary>In training, the probability with which each element between two of the layers becomes 0: a fresh mask each time step, as in
    /// PyTorch. It does not act on the last output, and so not at all with one layer. Numbers are drawn for
    /// padding too.</summary>
    public double Dropout => Options.Dropout;

    /// <summary>Whether the output of every time step flows out, or that of the last one.</summary>
    public bool ReturnsSequences => Options.ReturnSequences;

    /// <summary>Whether there are biases.</summary>
    public bool HasBias => Options.Bias;

    /// <summary>Whether the input product and the recurrent product have a bias each, as in PyTorch and cuDNN, where only their sum matters, or share
    /// one, as in Keras.</summary>
    public bool SeparateBiases
    {
        get => Options.SeparateBiases;
        init => Options = Options with { SeparateBiases = value };
    }

    /// <summary>Which way sequences are read.</summary>
    public Direction Direction
    {
        get => Options.Direction;
        init => Options = Options with { Direction = value };
    }

    /// <summary>How two directions become one output.</summary>
    public MergeMode Merge
    {
        get => Options.Merge;
        init => Options = Options with { Merge = value };
    }

    /// <summary>Whether the output of a layer that reads backwards comes in the order in which it was computed, last step first, as Keras's
    /// go_backwards gives it.</summary>
    public bool KeepsReadingOrder
    {
        get => Options.KeepsReadingOrder;
        init => Options = Options with { KeepsReadingOrder = value };
    }

    /// <summary>What flows out at steps that do not count: by default the kept state in one direction and zero in both, as in Keras.</summary>
    public MaskedOutput? MaskedOutput
    {
        get => Options.MaskedOutput;
        init => Options = Options with { MaskedOutput = value };
    }

    /// <summary>What flows out at steps that do not count, whether chosen or by default.</summary>
    public MaskedOutput OutputAtMaskedSteps =>
        MaskedOutput ?? (IsBidirectional ? Model.MaskedOutput.Zero : Model.MaskedOutput.Repeat);

    /// <summary>In training, the probability with which each element of the input of each layer becomes 0: one mask for all steps of a sequence.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not at least 0 and below 1.</exception>
    public double InputDropout
    {
        get => Options.InputDropout;
        init => Options = Options with { InputDropout = CheckProbability(value) };
    }

    /// <summary>In training, the probability with which each element of the hidden state becomes 0 before the recurrent product: one mask for all
    /// steps of a sequence and all gates (Gal and Ghahramani, 2016). Keras draws one for each gate.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not at least 0 and below 1.</exception>
    public double RecurrentDropout
    {
        get => Options.RecurrentDropout;
        init => Options = Options with { RecurrentDropout = CheckProbability(value) };
    }

    /// <summary>In training, the probability with which each element of the recurrent weight becomes 0 (DropConnect: Merity et al., 2018): one mask a
    /// batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not at least 0 and below 1.</exception>
    public double WeightDropout
    {
        get => Options.WeightDropout;
        init => Options = Options with { WeightDropout = CheckProbability(value) };
    }

    /// <summary>In training, the probability with which an element of the hidden state keeps its old value (Krueger et al., 2017); elsewhere the
    /// share of the old value that stays.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not at least 0 and below 1.</exception>
    public double HiddenZoneout
    {
        get => Options.HiddenZoneout;
        init => Options = Options with { HiddenZoneout = CheckProbability(value) };
    }

    /// <summary>Whether the sums of both products are normalised over the gates of all units (Ba et al., 2016). Parameters
    /// <c>gain_ih_l{k}</c> and <c>gain_hh_l{k}</c>; the biases come after.</summary>
    public bool NormalizesSums
    {
        get => Options.NormalizesSums;
        init => Options = Options with { NormalizesSums = value };
    }

    /// <summary>ε of the normalisations.</summary>
    public double Epsilon
    {
        get => Options.Epsilon;
        init => Options = Options with { Epsilon = value };
    }

    /// <summary>In training, α of the activation regularisation: the loss rises by α times the mean square of the output (Merity et al., 2018),
    /// of the steps that count.</summary>
    public double ActivityPenalty
    {
        get => Options.ActivityPenalty;
        init => Options = Options with { ActivityPenalty = CheckPenalty(value) };
    }

    /// <summary>In training, β of the temporal activation regularisation: the loss rises by β times the mean square of the output's change from step to
    /// step, of those that count.</summary>
    public double TemporalPenalty
    {
        get => Options.TemporalPenalty;
        init => Options = Options with { TemporalPenalty = CheckPenalty(value) };
    }

    /// <summary>Whose first values are taken where none are given.</summary>
    public Defaults Defaults { get; init; }

    /// <summary>First values of the input weights; absent: by <see cref="Defaults"/>.</summary>
    public Initializer? InputInitializer { get; init; }

    /// <summary>First values of the recurrent weights.</summary>
    public Initializer? RecurrentInitializer { get; init; }

    /// <summary>First values of the biases.</summary>
    public Initializer? BiasInitializer { get; init; }

    /// <summary>What the size of the input weights adds to the loss in training.</summary>
    public Regularizer? InputRegularizer { get; init; }

    /// <summary>What the size of the recurrent weights adds to the loss in training.</summary>
    public Regularizer? RecurrentRegularizer { get; init; }

    /// <summary>What the size of the biases adds to the loss in training.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>What holds for the input weights after each update.</summary>
    public MaxNorm? InputConstraint { get; init; }

    /// <summary>What holds for the recurrent weights after each update.</summary>
    public MaxNorm? RecurrentConstraint { get; init; }

    /// <summary>What holds for the biases after each update.</summary>
    public MaxNorm? BiasConstraint { get; init; }

    /// <summary>Length of the hidden state: the units, unless there is a projection.</summary>
    internal virtual int Features => Units;

    /// <summary>The gates of a cell.</summary>
    internal abstract CellGates Gates { get; }

    /// <summary>What the forget gate's bias is raised by at first.</summary>
    internal virtual double InitialForgetBias => 0;

    internal virtual double CellZoneoutProbability => 0;

    internal virtual int UnitWeightCount => 0;

    internal virtual bool NormalizesCellState => false;

    internal bool IsProjected => Features != Units || ForcesProjection;

    private protected virtual bool ForcesProjection => false;

    private bool IsBidirectional => Direction == Direction.Bidirectional;

    private int OutputWidth => IsBidirectional && Merge == MergeMode.Concatenate ? 2 * Features : Features;

    private bool DrawsNumbers => Dropout > 0 && Layers > 1 || InputDropout > 0 || RecurrentDropout > 0 || WeightDropout > 0
        || HiddenZoneout > 0 || CellZoneoutProbability > 0;

    /// <summary>Makes the layer read both ways, before it is part of a model.</summary>
    internal void MakeBidirectional(MergeMode merge) =>
        Options = Options with { Direction = Direction.Bidirectional, Merge = merge };

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        ExpectTime(input);
        CheckOptions();
        int width = input.Width;
        for (int k = 0; k < Layers; k++)
        {
            foreach (bool reversed in Directions())
                new RecurrentBranch(this, k, reversed).Plan(plan, width);
            width = OutputWidth;
        }

        return new(OutputWidth, HasTime: ReturnsSequences, ReturnsSequences ? input.Steps : null);
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        // A build that failed in a later layer may have come this far.
        _branches.Clear();
        for (int k = 0; k < Layers; k++)
        {
            foreach (bool reversed in Directions())
            {
                var branch = new RecurrentBranch(this, k, reversed);
                branch.Bind(parameters);
                _branches.Add(branch);
            }
        }

        if (DrawsNumbers)
            _stream = streams.Add(Name);
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor)
    {
        if (_branches.Count == 0)
            throw NotBuilt();
        SequenceMask? mask = x.Mask is { IsFull: false } partial ? partial : null;
        x = x.With(mask);
        for (int k = 0; k < Layers; k++)
        {
            bool isLast = k == Layers - 1;
            Tensor output = RunLayer(tape, x, k, isLast, cursor);
            if (!isLast && tape.IsTraining && _stream is not null)
                output = output.Dropout(Dropout, _stream);
            x = new(output, mask);
        }

        return ReturnsSequences ? x : x.With(null);
    }

    /// <summary>Runs the cell over all time steps.</summary>
    /// <param name="sums">The sums of the input product.</param>
    /// <param name="weight">The recurrent weight.</param>
    /// <param name="operands">All else.</param>
    private protected abstract RecurrentResult Recur(Tensor sums, Tensor weight, RecurrentOperands operands);

    internal RecurrentResult RunCell(Tensor sums, Tensor weight, RecurrentOperands operands) => Recur(sums, weight, operands);

    /// <summary>Checks options that depend on one another.</summary>
    /// <exception cref="ShapeException">Two do not go together.</exception>
    private protected virtual void CheckOptions()
    {
        if (KeepsReadingOrder && Direction != Direction.Backward)
            throw new ShapeException($"{Name}: only a layer that reads backwards can keep its reading order");
        if (KeepsReadingOrder && Layers > 1)
            throw new ShapeException($"{Name}: one layer alone can keep its reading order, not {Layers} stacked ones");
        if (!(Epsilon > 0))
            throw new ShapeException($"{Name}: epsilon {Epsilon}, expected above 0");
    }

    private static double CheckPenalty(double penalty) => double.IsFinite(penalty) && penalty >= 0
        ? penalty
        : throw new ArgumentOutOfRangeException(nameof(penalty), $"a penalty of {penalty}, expected a finite number of at least 0");

    private bool[] Directions() => Direction switch
    {
        Direction.Forward => [false],
        Direction.Backward => [true],
        _ => [false, true],
    };

    // One of the stacked layers: the output of all steps, or of the last one.
    private Tensor RunLayer(Tape tape, Flow x, int index, bool isLast, StateCursor cursor)
    {
        bool[] directions = Directions();
        bool isSequence = ReturnsSequences || !isLast;
        var outputs = new Tensor[directions.Length];
        for (int d = 0; d < directions.Length; d++)
        {
            RecurrentResult result = _branches[index * directions.Length + d].Run(tape, x, cursor, _stream);
            cursor.Put(result);
            if (isLast)
                AddPenalties(tape, result.Hidden, x.Mask, directions[d], cursor);
            outputs[d] = isSequence ? result.Hidden : result.LastHidden;
        }

        Tensor output = outputs.Length == 1 ? outputs[0] : Merged(outputs[0], outputs[1]);
        return isSequence ? Sequence(tape, output, x.Mask) : output;
    }

    private Tensor Sequence(Tape tape, Tensor output, SequenceMask? mask)
    {
        if (mask is not null && OutputAtMaskedSteps == Model.MaskedOutput.Zero)
            output *= Masks.Column(tape, mask);
        return KeepsReadingOrder ? Masks.Reversed(tape, output) : output;
    }

    private Tensor Merged(Tensor forward, Tensor backward) => Merge switch
    {
        MergeMode.Concatenate => Tensor.Concatenate(forward.Shape.Rank - 1, forward, backward),
        MergeMode.Sum => forward + backward,
        MergeMode.Multiply => forward * backward,
        _ => (forward + backward) * 0.5,
    };

    private void AddPenalties(Tape tape, Tensor hidden, SequenceMask? mask, bool reversed, StateCursor cursor)
    {
        if (!tape.IsTraining)
            return;
        if (ActivityPenalty > 0 && ActivityPenalties.Activity(tape, hidden, mask) is { } activity)
            cursor.AddPenalty(activity * ActivityPenalty);
        if (TemporalPenalty > 0 && ActivityPenalties.Change(tape, hidden, mask, reversed) is { } change)
            cursor.AddPenalty(change * TemporalPenalty);
    }
}
