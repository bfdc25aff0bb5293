using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MiniLstm.App;

/// <summary>The usual help, and below it the examples of the command.</summary>
/// <param name="usual">What prints the usual help.</param>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    /// <summary>Gives the help option of the root, which is that of all commands, examples.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction usual } help)
                help.Action = new HelpWithExamples(usual);
        }
    }

    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        IReadOnlyList<(string Call, string Purpose)> examples = parseResult.CommandResult.Command switch
        {
            ProgramCommand command => command.Examples,
            Command root => [.. root.Subcommands.OfType<ProgramCommand>().Select(command => command.Examples[0])],
        };

        output.WriteLine("Examples:");
        foreach ((string call, string purpose) in examples)
        {
            output.WriteLine($"  {call}");
            output.WriteLine($"      {purpose}");
        }

        return code;
    }
}
