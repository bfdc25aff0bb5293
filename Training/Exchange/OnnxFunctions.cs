using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Activation layers as nodes of ONNX.</summary>
internal static class OnnxFunctions
{
    /// <summary>Adds the nodes of a function.</summary>
    /// <returns>The name of the result.</returns>
    public static string Add(OnnxGraph graph, ActivationFunction function, string input, string output) => function switch
    {
        ActivationFunction.Softmax => graph.Add("Softmax", output, input).With("axis", -1).Output[0],
        ActivationFunction.Sigmoid => graph.Add("Sigmoid", output, input).Output[0],
        ActivationFunction.Tanh => graph.Add("Tanh", output, input).Output[0],
        ActivationFunction.Relu => graph.Add("Relu", output, input).Output[0],
        ActivationFunction.Softplus => graph.Add("Softplus", output, input).Output[0],
        ActivationFunction.Elu => graph.Add("Elu", output, input).Output[0],
        ActivationFunction.Selu => graph.Add("Selu", output, input).Output[0],
        ActivationFunction.Softsign => graph.Add("Softsign", output, input).Output[0],
        ActivationFunction.Exponential => graph.Add("Exp", output, input).Output[0],
        ActivationFunction.HardSigmoid => HardSigmoid(graph, input, output, 1 / 6f),
        ActivationFunction.HardSigmoidKeras2 => HardSigmoid(graph, input, output, 0.2f),
        ActivationFunction.Silu => Silu(graph, input, output),
        _ => Gelu(graph, input, output),
    };

    private static string HardSigmoid(OnnxGraph graph, string input, string output, float slope) =>
        graph.Add("HardSigmoid", output, input).With("alpha", slope).With("beta", 0.5f).Output[0];

    private static string Silu(OnnxGraph graph, string input, string output)
    {
        string sigmoid = graph.Add("Sigmoid", $"{output}.sigmoid", input).Output[0];
        return graph.Add("Mul", output, input, sigmoid).Output[0];
    }

    // x (1 + erf(x / sqrt 2)) / 2.
    private static string Gelu(OnnxGraph graph, string input, string output)
    {
        string scaled =
            graph.Add("Mul", $"{output}.scaled", input, graph.Constant("half_root", [1], [MathF.Sqrt(0.5f)])).Output[0];
        string error = graph.Add("Erf", $"{output}.erf", scaled).Output[0];
        string raised = graph.Add("Add", $"{output}.raised", error, graph.Constant("one_value", [1], [1])).Output[0];
        string half = graph.Add("Mul", $"{output}.half", input, graph.Constant("half", [1], [0.5f])).Output[0];
        return graph.Add("Mul", output, half, raised).Output[0];
    }
}
