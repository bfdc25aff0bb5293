namespace MiniLstm.Engine;

/// <summary>A tape with checks found NaN or infinity; the message names the first operation that produced it.</summary>
/// <param name="message">The operation, whether forward or backward, the output or input, and the value.</param>
public sealed class NonFiniteException(string message) : Exception(message);
