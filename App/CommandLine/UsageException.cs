namespace MiniLstm.App;

/// <summary>The command line is wrong, or names something that is not there: exit code 2.</summary>
/// <param name="message">One line: what is wrong and what to do.</param>
internal sealed class UsageException(string message) : Exception(message);
