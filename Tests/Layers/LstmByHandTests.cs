using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

public sealed class LstmByHandTests
{
    private const double Bound = 1e-12;
    private const int Steps = 6;
    private const int Batch = 3;
    private const int Width = 5;
    private const int Units = 4;

    private static readonly Dictionary<string, Shape> _operands = new()
    {
        ["x"] = [Steps, Batch, Width],
        ["input weight"] = [4 * Units, Width],
        ["recurrent weight"] = [4 * Units, Units],
        ["bias"] = [4 * Units],
        ["initial hidden"] = [Batch, Units],
        ["initial cell"] = [Batch, Units],
    };

    [Test]
    public void Run_SameOperands_EqualsTheFusedLayerInOutputsAndAllGradients()
    {
        using var backend = new ReferenceBackend();
        Dictionary<string, double[]> byHand = Compute(backend, operands =>
        {
            (Tensor hidden, Tensor lastHidden, Tensor lastCell) =
                LstmByHand.Run(operands[0], operands[1], operands[2], operands[3], operands[4], operands[5]);
            return [hidden, lastHidden, lastCell];
        });
        Dictionary<string, double[]> fused = Compute(backend, operands =>
        {
            RecurrentResult result = operands[0].Lstm(
                operands[1], operands[2], operands[3], new() { InitialHidden = operands[4], InitialCell = operands[5] });
            return [result.Hidden, result.LastHidden, result.LastCell!];
        });

        Assert.That(byHand.Keys, Is.EquivalentTo(fused.Keys));
        foreach ((string name, double[] values) in fused)
            Assert.That(values, Is.EqualTo(byHand[name]).Within(Bound), name);
    }

    private static Dictionary<string, double[]> Compute(ReferenceBackend backend, Func<Tensor[], Tensor[]> run)
    {
        using Tape tape = Tape.ForTraining(backend);
        var random = new RandomStream(seed: 7, stream: 1);
        Tensor[] operands = [.. _operands.Values.Select(shape => Input(shape, tracked: true))];

        Tensor[] outputs = run(operands);
        var results = new Dictionary<string, double[]>();
        for (int k = 0; k < outputs.Length; k++)
            results.Add($"output {k}", outputs[k].ToArray());

        tape.Backward([.. outputs.Select(output => (output, Input(output.Shape, tracked: false).View))]);
        foreach ((string name, Tensor operand) in _operands.Keys.Zip(operands))
            results.Add($"gradient of {name}", tape.GradientToArray(operand));
        return results;

        Tensor Input(Shape shape, bool tracked)
        {
            double[] values = new double[shape.Count];
            for (int k = 0; k < values.Length; k++)
                values[k] = random.NextNormal();
            return tape.Input(shape, values, tracked);
        }
    }
}
