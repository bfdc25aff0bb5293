using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>What the interpreter runs: small cases of the catalogue, and of each recurrent cell what reaches each of its kernels.</summary>
internal static class PtxCases
{
    private const int LargestCase = 60;

    private static readonly LstmVariant _variant = new(HasPeepholes: false, Clip: 0.5, NormalizesCell: false);
    private static readonly ChosenActivations _activations = new(CellActivation.Sigmoid, CellActivation.Softplus, CellActivation.HardSigmoidKeras2);

    /// <summary>All cases, small ones first.</summary>
    public static IEnumerable<OperationCase> All { get; } =
    [
        .. OperationCatalogue.All.Where(c => c.Operands.Sum(o => o.Shape.Count) <= LargestCase),
        .. Layers<SimpleRnnCell>("simple RNN", new(CellActivation.Tanh)),
        .. Layers<GruCell>("GRU", new(CellActivation.Sigmoid, CellActivation.Tanh)),
        .. Layers<GruResetBeforeCell>("GRU, reset before", new(CellActivation.Sigmoid, CellActivation.Tanh)),
        .. Layers<LstmCell>("LSTM", default),
        Layer<LstmCell>("LSTM", default, RecurrentOption.HiddenZoneout, new(Time: 2, Batch: 3, Units: 2, Features: 2)),
        Layer<LstmCell>("LSTM", default, RecurrentOption.Masked, new(Time: 3, Batch: 9, Units: 36, Features: 36)),
        Layer<GruCell>("GRU", new(CellActivation.Sigmoid, CellActivation.Tanh), RecurrentOption.Masked, new(Time: 3, Batch: 3, Units: 2, Features: 2)),
        .. Variants<LstmVariantCell<UsualActivations>>("LSTM with options", v => new(v, default)),
        .. Variants<LstmVariantCell<ChosenActivations>>("LSTM with activations", v => new(v, _activations)),
        .. Variants<CoupledLstmCell<UsualActivations>>("coupled LSTM", v => new(v, default)),
        .. Variants<CoupledLstmCell<ChosenActivations>>("coupled LSTM with activations", v => new(v, _activations)),
    ];

    // Sums that are normalised keep product and cell apart.
    private static IEnumerable<OperationCase> Layers<TCell>(string name, TCell cell)
        where TCell : struct, ICell<TCell> =>
    [
        Layer(name, cell, RecurrentOption.None, new(Time: 2, Batch: 3, Units: 2, Features: 2)),
        Layer(name, cell, RecurrentOption.NormalizedSums | RecurrentOption.HiddenZoneout, new(Time: 2, Batch: 3, Units: 5, Features: 5)),
    ];

    private static IEnumerable<OperationCase> Variants<TCell>(string name, Func<LstmVariant, TCell> cell)
        where TCell : struct, ICell<TCell> =>
    [
        .. Layers(name, cell(_variant)),
        Layer(name, cell(_variant with { NormalizesCell = true }), RecurrentOption.NormalizedCell, new(Time: 2, Batch: 3, Units: 5, Features: 5)),
    ];

    private static OperationCase Layer<TCell>(string name, TCell cell, RecurrentOption options, RecurrentSizes sizes)
        where TCell : struct, ICell<TCell> =>
        new RecurrentCase<TCell>(name, CellSizes<TCell>.Input, CellSizes<TCell>.Recurrent, options, sizes, cell).ToCase();
}
