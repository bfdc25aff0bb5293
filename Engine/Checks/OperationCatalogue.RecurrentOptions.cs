using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Recurrent layers with every option and every pair of options.</content>
public static partial class OperationCatalogue
{
    private const RecurrentOption OfAllCells =
        RecurrentOption.InitialStates | RecurrentOption.Masked | RecurrentOption.Reversed | RecurrentOption.RecurrentDropout
        | RecurrentOption.HiddenZoneout | RecurrentOption.NormalizedSums | RecurrentOption.OtherActivations;

    private const RecurrentOption OfLstm =
        OfAllCells | RecurrentOption.TokenTable | RecurrentOption.CellZoneout | RecurrentOption.NormalizedCell | RecurrentOption.Projection | RecurrentOption.Peepholes
        | RecurrentOption.Clip;

    private static RecurrentSizes Small => new(4, 5, 6, 3);

    private static IEnumerable<OperationCase> RecurrentOptions() =>
    [
        .. OptionsOf("LSTM", 4, 4, OfLstm, pairs: true, Lstm),
        .. OptionsOf("LSTM, usual activations", 4, 4, OfLstm & ~RecurrentOption.OtherActivations, pairs: false, UsualLstm),
        .. OptionsOf("coupled LSTM", 3, 3, OfLstm, pairs: false, CoupledLstm),
        .. OptionsOf("GRU", 3, 3, OfAllCells | RecurrentOption.StateBias, pairs: true, options => new GruCell(RecurrentCase.Gate(options), RecurrentCase.Candidate(options))),
        .. OptionsOf("GRU, reset before", 3, 3, OfAllCells | RecurrentOption.TokenTable, pairs: true, options => new GruResetBeforeCell(RecurrentCase.Gate(options), RecurrentCase.Candidate(options))),
        .. OptionsOf("simple RNN", 1, 1, OfAllCells | RecurrentOption.TokenTable, pairs: false, options => new SimpleRnnCell(RecurrentCase.Candidate(options))),
        .. Plain(),
        .. Packing(),
    ];

    // Without any option, with each of them, and with each pair.
    private static IEnumerable<OperationCase> OptionsOf<TCell>(
        string name, int inputColumns, int recurrentColumns, RecurrentOption known, bool pairs, Func<RecurrentOption, TCell> cell)
        where TCell : struct, ICell<TCell>
    {
        RecurrentOption[] options = [.. Enum.GetValues<RecurrentOption>().Where(option => option != 0 && known.HasFlag(option))];
        foreach (RecurrentOption first in options.Prepend(RecurrentOption.None))
        {
            foreach (RecurrentSizes sizes in SizesFor(first))
                yield return Case(first, sizes);
            if (!pairs || first == RecurrentOption.None)
                continue;
            foreach (RecurrentOption second in options.Where(option => option > first))
                yield return Case(first | second, Small);
        }

        OperationCase Case(RecurrentOption chosen, RecurrentSizes sizes) =>
            new RecurrentCase<TCell>(name, inputColumns, recurrentColumns, chosen, sizes, cell(chosen)).ToCase();
    }

    // Layers that threads share by sequences and by units. In those some cell state is always at its bound, where neither differences nor rounded
    // values decide alike: with a bound, a small one.
    private static RecurrentSizes[] SizesFor(RecurrentOption option) =>
        option == RecurrentOption.Clip ? [Small] : [new(3, 14, 33, 18), new(3, 5, 48, 21)];

    private static IEnumerable<OperationCase> Packing()
    {
        foreach ((int time, int batch, int columns) in new[] { (1, 1, 1), (4, 5, 3), (7, 6, 33) })
        {
            yield return new("PackRows", [[time, batch, columns]], (tape, x, _) => [x[0].PackRows(tape.Rows(RecurrentCase.Mask(time, batch)))])
            {
                Misfit = new([[time + 1, batch, columns]], $"a mask of {time} steps and {batch} sequences takes [{time}, {batch}, columns]"),
            };
        }
    }

    private static IEnumerable<OperationCase> Plain()
    {
        RecurrentOption options = RecurrentOption.InitialStates | RecurrentOption.Masked;
        yield return new RecurrentCase<LstmCell>("usual LSTM", 4, 4, options, Small, default).ToCase();
        yield return new RecurrentCase<LstmCell>("usual LSTM", 4, 4, options | RecurrentOption.Reversed, new(3, 14, 33, 18), default).ToCase();
        yield return new RecurrentCase<LstmCell>("usual LSTM", 4, 4, options | RecurrentOption.TokenTable, new(3, 14, 33, 18), default).ToCase();
    }

    private static LstmVariantCell<ChosenActivations> Lstm(RecurrentOption options) =>
        new(RecurrentCase.Variant(options), RecurrentCase.Activations(options));

    private static LstmVariantCell<UsualActivations> UsualLstm(RecurrentOption options) => new(RecurrentCase.Variant(options), default);

    private static CoupledLstmCell<ChosenActivations> CoupledLstm(RecurrentOption options) =>
        new(RecurrentCase.Variant(options), RecurrentCase.Activations(options));
}
