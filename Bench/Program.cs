using System.CommandLine;
using System.CommandLine.Invocation;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace MiniLstm.Bench;

internal static class Program
{
    private static int Main(string[] arguments)
    {
        var operations = new Argument<string[]>("arguments")
        {
            Description = "Arguments of BenchmarkDotNet, such as --filter '*MatMul*'.",
        };
        var single = new Command("operations", "Times single operations with BenchmarkDotNet.") { operations };
        single.TreatUnmatchedTokensAsErrors = false;
        single.SetAction(parsed =>
        {
            // In this process: a program of its own BenchmarkDotNet builds only of projects that are named like their assembly.
            string[] given = [.. parsed.GetValue(operations) ?? [], .. parsed.UnmatchedTokens, "--inProcess"];
            IEnumerable<Summary> summaries = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(given);
            return summaries.Any(s => s.HasCriticalValidationErrors || s.Reports.Any(report => !report.Success)) ? 1 : 0;
        });

        var root = new RootCommand("Measures how fast MiniLstm is.")
        {
            StepCommand.Create(), TrainerCommand.Create(), GenerateCommand.Create(), LayerCommand.Create(), MatMulCommand.Create(), GrowthCommand.Create(),
            CompareCommand.Create(), OnnxRuntimeCommand.Create(), DevicesCommand.Create(), single,
        };
        ParseResult parsed = root.Parse(arguments);

        // What is wrong stands alone: above the whole help nobody sees it.
        if (parsed.Action is ParseErrorAction wrong)
            wrong.ShowHelp = arguments.Length == 0;
        return parsed.Invoke();
    }
}
