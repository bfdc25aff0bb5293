using System.CommandLine;
using System.Runtime.InteropServices;

namespace MiniLstm.App;

/// <summary>A command of the program: it declares its options and, when it is called, runs to its end.</summary>
internal abstract class ProgramCommand : Command
{
    /// <summary>Declares a command.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does, for its help.</param>
    protected ProgramCommand(string name, string description)
        : base(name, description)
    {
        // On a thread of its own, so that meanwhile signals can cancel the token.
        SetAction((arguments, cancellation) => Task.Run(() => RunUntilSecondSignal(arguments, cancellation), CancellationToken.None));
    }

    /// <summary>Calls that show what it can do, with what each does.</summary>
    public abstract IReadOnlyList<(string Call, string Purpose)> Examples { get; }

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="cancellation">Cancelled by Ctrl-C and SIGTERM.</param>
    /// <returns>The exit code.</returns>
    protected abstract int Run(ParseResult arguments, CancellationToken cancellation);

    // The first Ctrl-C or SIGTERM cancels the token, and the program waits for what is saved then. A second one ends it at once: files are written to their
    // end or not at all. Registered here, since the latest registration is told first, and that of the command line waits for the command.
    private int RunUntilSecondSignal(ParseResult arguments, CancellationToken cancellation)
    {
        int signals = 0;
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, EndIfSecond);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, EndIfSecond);
        return Run(arguments, cancellation);

        void EndIfSecond(PosixSignalContext signal)
        {
            if (Interlocked.Increment(ref signals) > 1)
                Environment.Exit(ExitCode.Interrupted);
        }
    }
}
