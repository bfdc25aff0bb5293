using System.CommandLine;

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
        SetAction((arguments, cancellation) => Task.Run(() => Run(arguments, cancellation), CancellationToken.None));
    }

    /// <summary>Calls that show what it can do, with what each does.</summary>
    public abstract IReadOnlyList<(string Call, string Purpose)> Examples { get; }

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="cancellation">Cancelled by Ctrl-C and SIGTERM.</param>
    /// <returns>The exit code.</returns>
    protected abstract int Run(ParseResult arguments, CancellationToken cancellation);
}
