using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// Long short-term memory layers over all time steps: [time, batch, features] becomes [time, batch, units], or
/// [batch, units]. The equations stand at <see cref="LstmCell"/>, those of the variations at <see cref="LstmVariantCell{TActivations}"/>.
/// </summary>
/// <remarks>
/// <para>The rows of all weights come in PyTorch's gate order i, f, g, o; coupled, i, g, o. Besides the parameters of every
/// <see cref="RecurrentLayer"/>: <c>weight_hr_l{k}</c> [projection, units], <c>peephole_l{k}</c> [3, units] for i, f and o, <c>gain_c_l{k}</c>
/// and <c>shift_c_l{k}</c> [units].</para>
/// <para>At first all are uniform in ± 1 / sqrt(units), as in PyTorch, and the forget gate's rows of <c>bias_ih</c> are
/// raised by the forget bias: at 1 a new cell keeps sigmoid(1) = 73 % of its state from step to step instead of half of
/// it, so that gradients reach back over more steps from the start (Gers et al., 2000; Jozefowicz et al., 2015). Keras
/// has 1. The default is 0, as in PyTorch. Loaded weights are not touched by it.</para>
/// </remarks>
public sealed class Lstm : RecurrentLayer
{
    /// <summary>Makes the layers.</summary>
    /// <param name="units">Length of the states and of the output, at least 1.</param>
    /// <param name="layers">How many, one above the other, at least 1.</param>
    /// <param name="dropout">The probability of <see cref="RecurrentLayer.Dropout"/> between the layers.</param>
    /// <param name="returnSequences">Whether the output of every time step flows out, or, as Keras has it by default,
    /// that of the last one.</param>
    /// <param name="bias">Whether there are biases.</param>
    /// <param name="forgetBias">What the forget gate's bias is raised by at first; absent: 0, or 1 with Keras's defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its
    /// range.</exception>
    public Lstm(
        int units,
        int layers = 1,
        double dropout = 0,
        bool returnSequences = false,
        bool bias = true,
        double? forgetBias = null)
        : base(units, layers, dropout, returnSequences, bias)
    {
        if (forgetBias is { } value && !double.IsFinite(value))
            throw new ArgumentOutOfRangeException(nameof(forgetBias), $"forgetBias {value}, expected a number");
        ForgetBias = forgetBias;
    }

    /// <summary>Makes the layers.</summary>
    /// <param name="options">What all kinds of recurrent layers have in common.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1 or beyond reason, or a number outside its
    /// range.</exception>
    public Lstm(RecurrentOptions options)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Kind => LstmConfig.Kind;

    /// <summary>What the forget gate's bias is raised by at first; null: 0, or 1 with Keras's defaults.</summary>
    public double? ForgetBias { get; }

    /// <summary>Length of the hidden state, if it is projected (Sak et al., 2014); 0: it is not.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or beyond reason.</exception>
    public int Projection
    {
        get;
        init => field = value is >= 0 and <= MaximumWidth
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Projection), $"Projection {value}, expected 0 to {MaximumWidth}");
    }

    /// <summary>Whether the gates see the cell state (Gers and Schmidhuber, 2000).</summary>
    public bool Peepholes { get; init; }

    /// <summary>Whether the forget gate is what the input gate leaves, f = 1 - i.</summary>
    public bool CoupledGates { get; init; }

    /// <summary>The cell state is limited to ± this; infinity: it is not.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above 0.</exception>
    public double CellClip
    {
        get;
        init => field = value > 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CellClip), $"CellClip {value}, expected above 0");
    } = double.PositiveInfinity;

    /// <summary>Whether the cell state that the output gate lets through is normalised over all units (Ba et al., 2016).</summary>
    public bool NormalizesCell { get; init; }

    /// <summary>In training, the probability with which an element of the cell state keeps its old value (Krueger et al., 2017); elsewhere the
    /// share of the old value that stays.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not at least 0 and below 1.</exception>
    public double CellZoneout { get; init => field = CheckProbability(value); }

    /// <summary>What the gates apply to their sums; Keras: recurrent_activation.</summary>
    public CellActivation GateActivation { get; init; } = CellActivation.Sigmoid;

    /// <summary>What the candidate applies to its sum; Keras: activation.</summary>
    public CellActivation Activation { get; init; } = CellActivation.Tanh;

    /// <summary>What is applied to the cell state that shows; absent: <see cref="Activation"/>.</summary>
    public CellActivation? OutputActivation { get; init; }

    internal override int Features => Projection > 0 ? Projection : Units;

    internal override CellGates Gates => CoupledGates
        ? new(3, 0, 0, HasCell: true)
        : new(4, 0, 0, HasCell: true, Forget: 1);

    internal override double InitialForgetBias => ForgetBias ?? (Defaults == Defaults.Keras ? 1 : 0);

    internal override double CellZoneoutProbability => CellZoneout;

    internal override int UnitWeightCount => Peepholes ? 3 : 0;

    internal override bool NormalizesCellState => NormalizesCell;

    private protected override bool ForcesProjection => Projection > 0;

    private LstmVariant Variant => new(Peepholes, CellClip, NormalizesCell);

    private ChosenActivations Chosen => new(GateActivation, Activation, OutputActivation ?? Activation);

    private bool HasUsualActivations =>
        GateActivation == CellActivation.Sigmoid && Activation == CellActivation.Tanh && (OutputActivation ?? Activation) == CellActivation.Tanh;

    internal override LayerConfig ToConfig() => LstmConfig.Of(this);

    private protected override RecurrentResult Recur(Tensor sums, Tensor weight, RecurrentOperands operands) =>
        (CoupledGates, HasUsualActivations) switch
        {
            (false, true) when Variant == LstmVariant.Usual => sums.Recur(default(LstmCell), weight, operands),
            (false, true) => sums.Recur(new LstmVariantCell<UsualActivations>(Variant, default), weight, operands),
            (false, false) => sums.Recur(new LstmVariantCell<ChosenActivations>(Variant, Chosen), weight, operands),
            (true, true) => sums.Recur(new CoupledLstmCell<UsualActivations>(Variant, default), weight, operands),
            (true, false) => sums.Recur(new CoupledLstmCell<ChosenActivations>(Variant, Chosen), weight, operands),
        };

    private protected override void CheckOptions()
    {
        base.CheckOptions();
        if (CoupledGates && ForgetBias is not null and not 0)
            throw new ShapeException($"{Name}: coupled gates have no forget gate to give a bias of {ForgetBias}");
    }
}
