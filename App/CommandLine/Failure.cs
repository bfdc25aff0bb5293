using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>Turns errors into one line on standard error and an exit code. Nobody ever sees a stack trace.</summary>
internal static class Failure
{
    /// <summary>Reports an error.</summary>
    /// <param name="error">What a command threw.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception error)
    {
        Console.Error.WriteLine($"minilstm: {OneLine(Describe(error))}");
        return error switch
        {
            UsageException => ExitCode.Usage,
            OperationCanceledException => ExitCode.Interrupted,
            _ => ExitCode.Failure,
        };
    }

    private static string Describe(Exception error) => error switch
    {
        OperationCanceledException => "interrupted before anything was there to save",
        UnauthorizedAccessException => $"{error.Message} Choose another folder or file, or change its rights",
        OutOfMemoryException or OverflowException => "out of memory; a smaller model, batch or window needs less",
        UsageException or DataException or ModelFileException or DeviceException or TrainingFailedException
            or IOException or PlatformNotSupportedException => error.Message,
        _ => $"this should not have happened, please report it: {error.GetType().Name}: {error.Message}",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd();
}
