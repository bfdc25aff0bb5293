using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <summary>Options of recurrent layers, to be combined.</summary>
[Flags]
internal enum RecurrentOption
{
    None = 0,
    InitialStates = 1 << 0,
    Masked = 1 << 1,
    Reversed = 1 << 2,
    RecurrentDropout = 1 << 3,
    HiddenZoneout = 1 << 4,
    CellZoneout = 1 << 5,
    NormalizedSums = 1 << 6,
    NormalizedCell = 1 << 7,
    Projection = 1 << 8,
    Peepholes = 1 << 9,
    Clip = 1 << 10,
    OtherActivations = 1 << 11,
    StateBias = 1 << 12,
    TokenTable = 1 << 13,
}

/// <summary>The sizes of a recurrent layer.</summary>
/// <param name="Time">T.</param>
/// <param name="Batch">B.</param>
/// <param name="Units">H.</param>
/// <param name="Features">P, if there is a projection.</param>
internal readonly record struct RecurrentSizes(int Time, int Batch, int Units, int Features);

/// <summary>What cases of all cells share.</summary>
internal static class RecurrentCase
{
    /// <summary>The variations of an LSTM with some options.</summary>
    public static LstmVariant Variant(RecurrentOption options) => new(
        options.HasFlag(RecurrentOption.Peepholes),
        options.HasFlag(RecurrentOption.Clip) ? 0.37 : double.PositiveInfinity,
        options.HasFlag(RecurrentOption.NormalizedCell));

    /// <summary>The gates' activation: another one is smooth, since differences are taken across kinks.</summary>
    public static CellActivation Gate(RecurrentOption options) =>
        options.HasFlag(RecurrentOption.OtherActivations) ? CellActivation.Tanh : CellActivation.Sigmoid;

    /// <summary>The candidate's.</summary>
    public static CellActivation Candidate(RecurrentOption options) =>
        options.HasFlag(RecurrentOption.OtherActivations) ? CellActivation.Sigmoid : CellActivation.Tanh;

    /// <summary>All three of an LSTM.</summary>
    public static ChosenActivations Activations(RecurrentOption options) => new(
        Gate(options),
        Candidate(options),
        options.HasFlag(RecurrentOption.OtherActivations) ? CellActivation.Softplus : CellActivation.Tanh);

    /// <summary>All that a recurrent layer gives, but for the gates.</summary>
    public static IReadOnlyList<Tensor> AllOf(RecurrentResult result) => result is { LastCell: { } lastCell, Cells: { } cells }
        ? [result.Hidden, result.LastHidden, lastCell, cells]
        : [result.Hidden, result.LastHidden];

    /// <summary>A mask with everything in it: a whole sequence, padding on the left and on the right, a hole, and nothing at all.</summary>
    public static SequenceMask Mask(int time, int batch)
    {
        bool[] counts = new bool[time * batch];
        for (int step = 0; step < time; step++)
        {
            for (int row = 0; row < batch; row++)
            {
                counts[step * batch + row] = (row % 5) switch
                {
                    0 => true,
                    1 => step > 0,
                    2 => step != 1,
                    3 => step < time - 1,
                    _ => false,
                };
            }
        }

        return SequenceMask.Of(counts, time, batch);
    }
}

/// <summary>A recurrent layer with some options, as a line of the catalogue.</summary>
/// <typeparam name="TCell">The cell.</typeparam>
/// <param name="name">Its name.</param>
/// <param name="inputColumns">How many columns a unit the input feeds.</param>
/// <param name="recurrentColumns">How many the state feeds.</param>
/// <param name="options">The options.</param>
/// <param name="sizes">The sizes.</param>
/// <param name="cell">The cell, made for these options.</param>
internal sealed class RecurrentCase<TCell>(
    string name, int inputColumns, int recurrentColumns, RecurrentOption options, RecurrentSizes sizes, TCell cell)
    where TCell : struct, ICell<TCell>
{
    private readonly List<Operand> _operands = [];

    private int Features => Has(RecurrentOption.Projection) ? sizes.Features : sizes.Units;

    /// <summary>The line.</summary>
    public OperationCase ToCase()
    {
        (int time, int batch, int units, _) = sizes;
        const int Ids = 7;
        int sums = Add(Has(RecurrentOption.TokenTable) ? [Ids, inputColumns * units] : [time, batch, inputColumns * units]);
        int weight = Add([recurrentColumns * units, Features]);
        int hidden = AddIf(RecurrentOption.InitialStates, [batch, Features]);
        int state = CellSizes<TCell>.HasCell ? AddIf(RecurrentOption.InitialStates, [batch, units]) : -1;
        int bias = AddIf(RecurrentOption.StateBias, [units]);
        int peepholes = AddIf(RecurrentOption.Peepholes, [3, units]);
        int projection = AddIf(RecurrentOption.Projection, [Features, units]);
        int factors = AddIf(RecurrentOption.RecurrentDropout, new Operand([batch, Features], 0, 2) { IsConstant = true });
        int hiddenKeep = AddIf(RecurrentOption.HiddenZoneout, new Operand([time, batch, Features], 0, 1) { IsConstant = true });
        int cellKeep = AddIf(RecurrentOption.CellZoneout, new Operand([time, batch, units], 0, 1) { IsConstant = true });
        int gain = AddIf(RecurrentOption.NormalizedSums, new Operand([recurrentColumns * units], 0.2, 1));
        int cellGain = AddIf(RecurrentOption.NormalizedCell, new Operand([units], 0.2, 1));
        int cellShift = AddIf(RecurrentOption.NormalizedCell, [units]);

        // Normalised rows of few, near values enlarge what rounding has left of them.
        bool normalizes = Has(RecurrentOption.NormalizedSums) || Has(RecurrentOption.NormalizedCell);
        return new($"Recurrent {name}: {options}", _operands, Build)
        {
            Indices = Has(RecurrentOption.TokenTable) ? [new([time, batch], 0, Ids - 1)] : [],
            Depth = time * Math.Max(batch, 2 * units) * (normalizes ? 8 : 2),
        };

        IReadOnlyList<Tensor> Build(Tape tape, IReadOnlyList<Tensor> x, IReadOnlyList<IndexTensor> indices)
        {
            SequenceRows? rows = Has(RecurrentOption.Masked)
                ? tape.Rows(RecurrentCase.Mask(time, batch), Has(RecurrentOption.Reversed))
                : null;
            IndexTensor? tokens = Has(RecurrentOption.TokenTable) ? indices[0] : null;
            RecurrentResult result = (tokens is null ? Packed(x[sums]) : x[sums]).Recur(cell, x[weight], new()
            {
                Tokens = rows is null ? tokens : tokens?.At(rows.Positions),
                InitialHidden = At(hidden),
                InitialCell = At(state),
                StateBias = At(bias),
                UnitWeights = At(peepholes),
                Projection = At(projection),
                Factors = At(factors),
                HiddenKeep = At(hiddenKeep) is { } keep ? Packed(keep) : null,
                CellKeep = At(cellKeep) is { } cellKept ? Packed(cellKept) : null,
                RecurrentGain = At(gain),
                CellGain = At(cellGain),
                CellShift = At(cellShift),
                Rows = rows,
                Reversed = Has(RecurrentOption.Reversed),
            });
            return RecurrentCase.AllOf(result);

            Tensor? At(int operand) => operand < 0 ? null : x[operand];

            Tensor Packed(Tensor perStep) => rows is null
                ? perStep
                : perStep.PackRows(rows);
        }
    }

    private bool Has(RecurrentOption option) => options.HasFlag(option);

    private int AddIf(RecurrentOption option, Operand operand) => Has(option) ? Add(operand) : -1;

    private int Add(Operand operand)
    {
        _operands.Add(operand);
        return _operands.Count - 1;
    }
}
