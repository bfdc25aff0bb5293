using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>The fused recurrent layer against <see cref="RecurrentByHand"/>: outputs and all gradients, with every option and every pair.</summary>
public sealed class RecurrentByHandTests
{
    private const double Float64Bound = 1e-11;
    private const double OutputBound = 1e-5;
    private const double GradientBound = 1e-4;
    private const int Steps = 4;
    private const int Batch = 5;
    private const int Units = 5;
    private const int Projected = 3;

    private const RecurrentOption OfAll =
        RecurrentOption.InitialStates | RecurrentOption.Masked | RecurrentOption.Reversed | RecurrentOption.RecurrentDropout
        | RecurrentOption.HiddenZoneout | RecurrentOption.NormalizedSums | RecurrentOption.OtherActivations;

    private const RecurrentOption OfLstm =
        OfAll | RecurrentOption.CellZoneout | RecurrentOption.NormalizedCell | RecurrentOption.Projection | RecurrentOption.Peepholes
        | RecurrentOption.Clip;

    [Test]
    public void Recur_EveryOptionAndPair_EqualsTheCompositionByHand([Values] HandCell cell)
    {
        using var reference = new ReferenceBackend();
        using Backend host = HostBackend.Create(new HostOptions(Threads: 2, BackendOptions.Default));
        foreach (RecurrentOption options in OptionsOf(cell))
        {
            List<double[]> byHand = Compute(reference, cell, options, fused: false);
            List<double[]> exact = Compute(reference, cell, options, fused: true);
            List<double[]> rounded = Compute(host, cell, options, fused: true);

            Assert.That(exact, Has.Count.EqualTo(byHand.Count), $"{options}");
            int outputs = cell is HandCell.Lstm or HandCell.CoupledLstm ? 4 : 2;
            for (int k = 0; k < byHand.Count; k++)
            {
                double scale = Math.Max(1e-3, byHand[k].Max(Math.Abs));
                Assert.That(exact[k], Is.EqualTo(byHand[k]).Within(Float64Bound * scale), $"{options}, result {k}");
                double bound = (k < outputs ? OutputBound : GradientBound) * (Normalizes(options) ? 10 : 1);
                Assert.That(rounded[k], Is.EqualTo(byHand[k]).Within(bound * scale), $"{options}, result {k}, host");
            }
        }
    }

    private static IEnumerable<RecurrentOption> OptionsOf(HandCell cell)
    {
        RecurrentOption known = cell switch
        {
            HandCell.Lstm or HandCell.CoupledLstm => OfLstm,
            HandCell.Gru => OfAll | RecurrentOption.StateBias,
            _ => OfAll,
        };
        RecurrentOption[] single = [.. Enum.GetValues<RecurrentOption>().Where(option => option != 0 && known.HasFlag(option))];
        return single.SelectMany(first => single.Where(second => second >= first).Select(second => first | second))
            .Prepend(RecurrentOption.None).Append(known);
    }

    // Rows of few, near values enlarge what rounding has left of them.
    private static bool Normalizes(RecurrentOption options) =>
        (options & (RecurrentOption.NormalizedSums | RecurrentOption.NormalizedCell)) != 0;

    /// <summary>Outputs, then the gradients of all operands.</summary>
    private static List<double[]> Compute(Backend backend, HandCell cell, RecurrentOption options, bool fused)
    {
        using Tape tape = Tape.ForTraining(backend);
        var random = new RandomStream(seed: 11, stream: 1);
        var tracked = new List<Tensor>();
        bool hasCell = cell is HandCell.Lstm or HandCell.CoupledLstm;
        int columns = cell switch
        {
            HandCell.Lstm => 4,
            HandCell.SimpleRnn => 1,
            _ => 3,
        };
        int features = Has(RecurrentOption.Projection) ? Projected : Units;
        Tensor sums = Operand([Steps, Batch, columns * Units]);
        Tensor weight = Operand([columns * Units, features]);
        var operands = new RecurrentOperands
        {
            InitialHidden = If(RecurrentOption.InitialStates, [Batch, features]),
            InitialCell = hasCell ? If(RecurrentOption.InitialStates, [Batch, Units]) : null,
            StateBias = If(RecurrentOption.StateBias, [Units]),
            UnitWeights = If(RecurrentOption.Peepholes, [3, Units]),
            Projection = If(RecurrentOption.Projection, [features, Units]),
            Factors = Constant(RecurrentOption.RecurrentDropout, [Batch, features], 2),
            HiddenKeep = Constant(RecurrentOption.HiddenZoneout, [Steps, Batch, features], 1),
            CellKeep = Constant(RecurrentOption.CellZoneout, [Steps, Batch, Units], 1),
            RecurrentGain = If(RecurrentOption.NormalizedSums, [columns * Units]),
            CellGain = If(RecurrentOption.NormalizedCell, [Units]),
            CellShift = If(RecurrentOption.NormalizedCell, [Units]),
            Reversed = Has(RecurrentOption.Reversed),
        };
        SequenceMask? mask = Has(RecurrentOption.Masked) ? RecurrentCase.Mask(Steps, Batch) : null;
        IReadOnlyList<Tensor> outputs = fused
            ? RecurrentCase.AllOf(Fused(cell, options, sums, weight, operands, mask))
            : new RecurrentByHand(cell, options, weight, operands, mask).Run(sums);

        var results = new List<double[]>([.. outputs.Select(output => output.ToArray())]);
        var seeds = new RandomStream(seed: 12, stream: 1);
        tape.Backward([.. outputs.Select(output => (output, tape.Input(output.Shape, Normal(output.Shape, seeds)).View))]);
        results.AddRange(tracked.Select(tape.GradientToArray));
        return results;

        bool Has(RecurrentOption option) => options.HasFlag(option);

        Tensor Operand(Shape shape)
        {
            Tensor operand = tape.Input(shape, Normal(shape, random), tracked: true);
            tracked.Add(operand);
            return operand;
        }

        Tensor? If(RecurrentOption option, Shape shape) => Has(option) ? Operand(shape) : null;

        Tensor? Constant(RecurrentOption option, Shape shape, double most) => Has(option)
            ? tape.Input(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => most * random.NextUniform())])
            : null;
    }

    private static RecurrentResult Fused(
        HandCell cell, RecurrentOption options, Tensor sums, Tensor weight, RecurrentOperands operands, SequenceMask? mask)
    {
        if (mask is not null)
        {
            SequenceRows rows = Tape.Of(sums).Rows(mask, operands.Reversed);
            sums = sums.PackRows(rows);
            operands = operands with
            {
                Rows = rows,
                HiddenKeep = operands.HiddenKeep?.PackRows(rows),
                CellKeep = operands.CellKeep?.PackRows(rows),
            };
        }

        LstmVariant variant = RecurrentCase.Variant(options);
        ChosenActivations chosen = RecurrentCase.Activations(options);
        (CellActivation gate, CellActivation candidate) = (RecurrentCase.Gate(options), RecurrentCase.Candidate(options));
        return cell switch
        {
            HandCell.Lstm when variant == LstmVariant.Usual && !options.HasFlag(RecurrentOption.OtherActivations) =>
                sums.Recur(default(LstmCell), weight, operands),
            HandCell.Lstm => sums.Recur(new LstmVariantCell<ChosenActivations>(variant, chosen), weight, operands),
            HandCell.CoupledLstm => sums.Recur(new CoupledLstmCell<ChosenActivations>(variant, chosen), weight, operands),
            HandCell.Gru => sums.Recur(new GruCell(gate, candidate), weight, operands),
            HandCell.GruResetBefore => sums.Recur(new GruResetBeforeCell(gate, candidate), weight, operands),
            _ => sums.Recur(new SimpleRnnCell(candidate), weight, operands),
        };
    }

    private static double[] Normal(Shape shape, RandomStream random) =>
        [.. Enumerable.Range(0, (int)shape.Count).Select(_ => 0.7 * random.NextNormal())];
}
