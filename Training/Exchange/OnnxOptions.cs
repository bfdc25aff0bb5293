namespace MiniLstm.Training;

/// <summary>How a model is written as ONNX.</summary>
/// <param name="Probabilities">Whether the output is softmax of the logits rather than the logits.</param>
/// <param name="BatchFirst">Whether sequences are [batch, time, ...], as in Keras, rather than [time, batch, ...] as
/// here.</param>
/// <param name="States">Whether the states of recurrent layers are inputs, which may be left out and are then zero, and
/// outputs. A text can then be continued.</param>
/// <param name="Lengths">Whether the lengths of the sequences are an input, <c>lengths</c>, int32 [batch], each at
/// least 1: the steps after them do not count, as with a mask here.</param>
public sealed record OnnxOptions(
    bool Probabilities = false, bool BatchFirst = false, bool States = true, bool Lengths = false)
{
    internal const string LengthsName = "lengths";
}
