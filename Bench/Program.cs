using System.CommandLine;
using System.CommandLine.Invocation;
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
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run([.. parsed.GetValue(operations) ?? [], .. parsed.UnmatchedTokens]);
            return 0;
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
