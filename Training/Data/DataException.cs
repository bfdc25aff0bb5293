namespace MiniLstm.Training;

/// <summary>Data that cannot be learnt from; the message says in one line which, why, and what to do.</summary>
/// <param name="message">What was got and what would help.</param>
/// <param name="inner">The error of the file system or of a parser, if any.</param>
public sealed class DataException(string message, Exception? inner = null) : Exception(message, inner);
