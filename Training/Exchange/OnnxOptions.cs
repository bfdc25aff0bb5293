namespace MiniLstm.Training;

/// <summary>How a model is written as ONNX.</summary>
/// <param name="Probabilities">Whether the output is softmax of the logits rather than the logits.</param>
/// <param name="BatchFirst">Whether sequences are [batch, time, ...], as in Keras, rather than [time, batch, ...] as
/// here.</param>
/// <param name="States">Whether the states of recurrent layers are inputs, which may be left out and are then zero, and
/// outputs. A text can then be continued.</param>
public sealed record OnnxOptions(bool Probabilities = false, bool BatchFirst = false, bool States = true);
