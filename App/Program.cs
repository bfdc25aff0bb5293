using System.CommandLine;
using System.Globalization;
using System.Text;

namespace MiniLstm.App;

/// <summary>The program: parses the command line, runs the command, and turns whatever goes wrong into one line and an
/// exit code.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        // Numbers look the same on every machine, in files and on the screen.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

        try
        {
            // No response files: a prompt may begin with @.
            var configuration = new ParserConfiguration { ResponseFileTokenReplacer = null };
            ParseResult parsed = Commands().Parse(arguments, configuration);
            ThrowIfWrong(parsed);

            // Ctrl-C and SIGTERM cancel the command's token; however long it then takes to save, the program waits for
            // it.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = Timeout.InfiniteTimeSpan,
            });
        }
        catch (Exception error)
        {
            return Failure.Report(error);
        }
    }

    private static RootCommand Commands()
    {
        var root = new RootCommand("Trains LSTM language models on text of any kind, and uses them.")
        {
            new TrainCommand(),
            new GenerateCommand(),
            new EvaluateCommand(),
            new SummaryCommand(),
            new ImportCommand(),
            new ExportCommand(),
            new DevicesCommand(),
            new SelfTestCommand(),
        };
        HelpWithExamples.AddTo(root);
        return root;
    }

    private static void ThrowIfWrong(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0)
            return;

        // Of an unknown command, the first error only says that there is none.
        bool isUnknownCommand = parsed.CommandResult.Command is RootCommand && parsed.Errors.Count > 1;
        string problem = parsed.Errors[isUnknownCommand ? 1 : 0].Message;
        string command = parsed.CommandResult.Command is ProgramCommand { Name: var name } ? $"{name} " : "";
        throw new UsageException($"{problem.TrimEnd('.')}; minilstm {command}--help shows what there is");
    }
}
