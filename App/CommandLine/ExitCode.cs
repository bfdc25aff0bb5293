namespace MiniLstm.App;

/// <summary>What the program ends with, as scripts see it.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    public const int Failure = 1;

    public const int Usage = 2;

    /// <summary>128 and the number of SIGINT, as shells have it; after SIGTERM too.</summary>
    public const int Interrupted = 130;
}
