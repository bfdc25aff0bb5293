using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training.Onnx;

namespace MiniLstm.Training;

/// <summary>A recurrent cell as ONNX has it.</summary>
/// <param name="Operator">The operator: <c>LSTM</c>, <c>GRU</c> or <c>RNN</c>.</param>
/// <param name="Order">For each gate of ONNX, which it is here; -1, if it is not there.</param>
/// <param name="HasCellState">Whether there is a cell state.</param>
/// <param name="HasPeepholes">Whether the gates see it.</param>
/// <param name="Activations">f, g, h of ONNX: of the gates, the candidate, the state that shows.</param>
/// <param name="Flag">An attribute that is 1, or nothing.</param>
internal sealed record OnnxCell(
    string Operator, int[] Order, bool HasCellState, bool HasPeepholes, CellActivation[] Activations, string? Flag)
{
    /// <summary>The cell of a layer.</summary>
    /// <exception cref="NotSupportedException">ONNX has no such cell, or not that option of it.</exception>
    public static OnnxCell Of(RecurrentLayer layer)
    {
        Refuse(layer, layer.NormalizesSums, "layer normalisation of the gates");
        Refuse(layer, layer.HiddenZoneout > 0, "zoneout, which keeps a share of the old state");
        switch (layer)
        {
            case Lstm lstm:
                Refuse(layer, lstm.Projection > 0, "a projection");
                bool hasClip = !double.IsInfinity(lstm.CellClip);
                Refuse(layer, hasClip, "a limit of the cell state: ONNX's clip limits the sums of the gates");
                Refuse(layer, lstm.NormalizesCell, "layer normalisation of the cell state");
                Refuse(layer, lstm.CellZoneout > 0, "zoneout, which keeps a share of the old state");

                // i, f, g, o here, or i, g, o; i, o, f, c there.
                return new(
                    "LSTM",
                    lstm.CoupledGates ? [0, 2, -1, 1] : [0, 3, 1, 2],
                    HasCellState: true,
                    lstm.Peepholes,
                    [lstm.GateActivation, lstm.Activation, lstm.OutputActivation ?? lstm.Activation],
                    lstm.CoupledGates ? "input_forget" : null);
            case Gru gru:
                // r, z, n here; z, r, h there.
                return new(
                    "GRU",
                    [1, 0, 2],
                    HasCellState: false,
                    HasPeepholes: false,
                    [gru.GateActivation, gru.Activation],
                    gru.ResetAfter ? "linear_before_reset" : null);
            case SimpleRnn simple:
                return new("RNN", [0], HasCellState: false, HasPeepholes: false, [simple.Activation], Flag: null);
            default:
                throw new NotSupportedException($"{layer.Name}: a cell of one's own cannot be written as ONNX");
        }
    }

    /// <summary>Sets activations and flag of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="directions">How many directions it has; each needs its own list.</param>
    /// <exception cref="NotSupportedException">ONNX has no such activation.</exception>
    public void Set(NodeProto node, int directions)
    {
        CellActivation[] all = [.. Enumerable.Repeat(Activations, directions).SelectMany(one => one)];
        OnnxActivation[] named = [.. all.Select(activation => OnnxActivation.Of(node.Name, activation))];
        node.WithList("activations", [.. named.Select(activation => activation.Name)]);

        // Only those that have a number take one from the list.
        float[] alphas = [.. named.Select(activation => activation.Alpha).OfType<float>()];
        float[] betas = [.. named.Select(activation => activation.Beta).OfType<float>()];
        if (alphas.Length > 0)
            node.WithList("activation_alpha", alphas);
        if (betas.Length > 0)
            node.WithList("activation_beta", betas);
        if (Flag is not null)
            node.With(Flag, 1);
    }

    private static void Refuse(RecurrentLayer layer, bool isThere, string what)
    {
        if (isThere)
            throw new NotSupportedException($"{layer.Name}: ONNX's recurrent operators have no option for {what}");
    }
}

/// <summary>An activation of a recurrent operator of ONNX.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Alpha">Its first number, if it has one.</param>
/// <param name="Beta">Its second number, if it has one.</param>
internal sealed record OnnxActivation(string Name, float? Alpha = null, float? Beta = null)
{
    /// <summary>The one that computes the same.</summary>
    /// <exception cref="NotSupportedException">There is none.</exception>
    public static OnnxActivation Of(string node, CellActivation activation) => activation switch
    {
        CellActivation.Sigmoid => new("Sigmoid"),
        CellActivation.Tanh => new("Tanh"),
        CellActivation.Relu => new("Relu"),
        CellActivation.Linear => new("Affine", 1, 0),
        CellActivation.HardSigmoid => new("HardSigmoid", 1 / 6f, 0.5f),
        CellActivation.HardSigmoidKeras2 => new("HardSigmoid", 0.2f, 0.5f),
        CellActivation.Softsign => new("Softsign"),
        CellActivation.Softplus => new("Softplus"),
        CellActivation.Elu => new("Elu", 1),
        _ => throw new NotSupportedException($"{node}: ONNX's recurrent operators have no activation {activation}"),
    };
}
