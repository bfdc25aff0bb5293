namespace MiniLstm.Engine;

/// <summary>Operands whose shapes do not fit; the message names the operation, then each operand with its shape.</summary>
/// <param name="message">What was got and what was expected.</param>
public sealed class ShapeException(string message) : Exception(message);
