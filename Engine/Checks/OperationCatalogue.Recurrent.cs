using MiniLstm.Engine.Operations;

namespace MiniLstm.Engine;

/// <content>Recurrent layers over all time steps.</content>
public static partial class OperationCatalogue
{
    private static IEnumerable<OperationCase> Layers()
    {
        foreach ((int steps, int batch, int inputs, int units) in LayerSizes())
        {
            Shape x = [steps, batch, inputs];
            Shape sums = [steps, batch, 4 * units];
            Shape inputWeight = [4 * units, inputs];
            Shape recurrentWeight = [4 * units, units];
            Shape bias = [4 * units];
            Shape state = [batch, units];
            double depth = steps * Math.Max(batch, inputs + units);

            yield return new("Recurrent, sums of the caller", [sums, recurrentWeight, state, state], SumsOfTheCaller)
            {
                Depth = depth,
                Misfit = new([sums, recurrentWeight, state, [batch, units + 1]], $"initial cell state: [{batch}, {units + 1}], expected {state}"),
            };
            yield return new("Lstm", [x, inputWeight, recurrentWeight, bias, state, state], Lstm)
            {
                Depth = depth,
                Misfit = new(
                    [x, [4 * units + 1, inputs], recurrentWeight, [4 * units + 1], state, state],
                    $"{units} units take sums [time, batch, {4 * units}]"),
            };
            yield return new("Lstm from zeros", [x, inputWeight, recurrentWeight, bias], LstmFromZeros)
            {
                Depth = depth,
                Misfit = new([x, inputWeight, [4 * units + 1, units], bias], "the recurrent weight must be [4 H, hidden features] for H units"),
            };
        }

        yield return new("LstmByHand", [[3, 2, 4], [20, 4], [20, 5], [20], [2, 5], [2, 5]], ByHand) { Depth = 27 };
    }

    // Time, batch, inputs, units: one of each, round vector widths in units and batch, and a longer one.
    private static (int Steps, int Batch, int Inputs, int Units)[] LayerSizes() =>
    [
        (1, 1, 1, 1), (3, 2, 4, 5), (4, 3, 7, 15), (2, 2, 3, 16), (3, 1, 5, 17), (2, 17, 3, 7), (2, 3, 33, 31), (3, 2, 2, 32),
        (2, 2, 5, 33), (20, 2, 3, 4), (3, 33, 17, 40),
    ];

    private static IReadOnlyList<Tensor> SumsOfTheCaller(Tape tape, IReadOnlyList<Tensor> x, IReadOnlyList<IndexTensor> indices) =>
        RecurrentCase.AllOf(x[0].Recur(default(LstmCell), x[1], new() { InitialHidden = x[2], InitialCell = x[3] }));

    private static IReadOnlyList<Tensor> Lstm(Tape tape, IReadOnlyList<Tensor> x, IReadOnlyList<IndexTensor> indices) =>
        RecurrentCase.AllOf(x[0].Lstm(x[1], x[2], x[3], new() { InitialHidden = x[4], InitialCell = x[5] }));

    private static IReadOnlyList<Tensor> LstmFromZeros(Tape tape, IReadOnlyList<Tensor> x, IReadOnlyList<IndexTensor> indices) =>
        [x[0].Lstm(x[1], x[2], x[3]).Hidden];

    private static IReadOnlyList<Tensor> ByHand(Tape tape, IReadOnlyList<Tensor> x, IReadOnlyList<IndexTensor> indices)
    {
        (Tensor hidden, Tensor lastHidden, Tensor lastCell) = LstmByHand.Run(x[0], x[1], x[2], x[3], x[4], x[5]);
        return [hidden, lastHidden, lastCell];
    }
}
