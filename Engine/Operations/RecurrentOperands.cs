namespace MiniLstm.Engine.Operations;

/// <summary>What a recurrent layer may be given besides the sums of its input product and its recurrent weight. All is optional.</summary>
/// <remarks>T time steps, B batch rows, H units, P hidden features: as many as units, unless there is a projection. N rows: T B, or as many as
/// <see cref="Rows"/> has.</remarks>
public sealed record RecurrentOperands
{
    /// <summary>Nothing.</summary>
    public static RecurrentOperands None { get; } = new();

    /// <summary>[T, B] or [N]: the sums are then a table [ids, columns], and this says with which of its rows each step begins (the token table:
    /// fewer rows than steps, none of them copied). Not for cells with columns that the state alone feeds.</summary>
    public IndexTensor? Tokens { get; init; }

    /// <summary>[B, P]; absent: zeros.</summary>
    public Tensor? InitialHidden { get; init; }

    /// <summary>[B, H]; absent: zeros.</summary>
    public Tensor? InitialCell { get; init; }

    /// <summary>[state gates · H]: the bias of the columns that the state alone feeds; absent: 0.</summary>
    public Tensor? StateBias { get; init; }

    /// <summary>[weights, H]: the units' own weights, such as peepholes; absent: 0.</summary>
    public Tensor? UnitWeights { get; init; }

    /// <summary>[P, H]: the hidden state is this times what the cell puts out (Sak et al., 2014).</summary>
    public Tensor? Projection { get; init; }

    /// <summary>[B, P], not differentiated: what the hidden state is multiplied by before the recurrent product, one mask for all steps (recurrent
    /// dropout: Gal and Ghahramani, 2016).</summary>
    public Tensor? Factors { get; init; }

    /// <summary>[T, B, P] or [N, P], not differentiated: the share of the old hidden state that stays (zoneout: Krueger et al., 2017); in
    /// training 0 or 1 at random, else the probability.</summary>
    public Tensor? HiddenKeep { get; init; }

    /// <summary>[T, B, H] or [N, H]: likewise for the cell state.</summary>
    public Tensor? CellKeep { get; init; }

    /// <summary>[R H], for R columns that the state feeds: the recurrent sums of a row are normalised to mean 0 and variance 1 and multiplied by this
    /// (Ba et al., 2016). A reset before the product makes two rows of them, each normalised by itself.</summary>
    public Tensor? RecurrentGain { get; init; }

    /// <summary>[H]: the cell state that the output gate lets through is normalised over the units and multiplied by this; what is carried on is
    /// not.</summary>
    public Tensor? CellGain { get; init; }

    /// <summary>[H]: and this is added; present with <see cref="CellGain"/>.</summary>
    public Tensor? CellShift { get; init; }

    /// <summary>ε of the normalisations.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>The steps that count, if not all do. The sums are packed likewise, [N, columns].</summary>
    public SequenceRows? Rows { get; init; }

    /// <summary>Whether time runs backwards; as <see cref="Rows"/> says, if there are some.</summary>
    public bool Reversed { get; init; }

    /// <summary>Those that gradients may flow into, in a fixed order.</summary>
    internal Tensor?[] Differentiated(Tensor sums, Tensor weight) =>
    [
        sums, weight, InitialHidden, InitialCell, StateBias, UnitWeights, Projection, RecurrentGain, CellGain, CellShift,
    ];
}
