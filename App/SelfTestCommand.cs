using System.CommandLine;
using MiniLstm.Engine;

namespace MiniLstm.App;

/// <summary><c>minilstm selftest</c>: checks every operation on a device against the reference.</summary>
internal sealed class SelfTestCommand : ProgramCommand
{
    private readonly Option<string?> _device = CommonOptions.Device();

    private readonly Option<int?> _threads = CommonOptions.Threads();

    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "Only compare the device with the reference; the reference's own gradients, the same on every device, are taken as right.",
    };

    public SelfTestCommand()
        : base(
            "selftest",
            "Checks that a device computes rightly: values and gradients of every operation, and its use of memory.")
    {
        Add(_device);
        Add(_threads);
        Add(_quick);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm selftest", "checks the processor; ends with 1 if anything is wrong"),
        ("minilstm selftest --quick", "the same without the slower half: for a slow machine, or one that is emulated"),
        ("minilstm selftest --device reference", "checks the gradients of the reference itself"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        string name = arguments.GetValue(_device) ?? Devices.Host;
        bool isQuick = arguments.GetValue(_quick);
        if (isQuick && name == Devices.Reference)
            throw new UsageException("--quick compares a device with the reference, so it has nothing to check on --device reference; leave out one of them");
        using Backend device = Devices.Open(name, arguments.GetValue(_threads), poison: true);
        var results = new List<CheckResult>();
        foreach (CheckResult result in CatalogueCheck.Run(device, !isQuick))
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(result);
            ShowProgress(results.Count);
        }

        PrintTable(results);
        int failed = 0;
        foreach (CheckResult failure in results.Where(result => !result.Passed))
        {
            failed++;
            Console.WriteLine(failure);
        }

        Console.WriteLine($"{results.Count} cases on {device.Name}: {results.Count - failed} passed, {failed} failed");
        return failed == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static void ShowProgress(int done)
    {
        if (!Console.IsOutputRedirected)
            Console.Write($"\r{done} of {OperationCatalogue.All.Count} cases\r");
    }

    private static void PrintTable(List<CheckResult> results)
    {
        Console.WriteLine("Worst errors, as a share of what is allowed:");
        Console.WriteLine("of gradients against differences, of values against the reference");
        Console.WriteLine();
        Console.WriteLine($"{"operation",-20}{"cases",7}{"gradients",12}{"values",9}");
        foreach (IGrouping<string, CheckResult> operation in results.GroupBy(Operation))
        {
            double? gradients = operation.Max(result => result.GradientError / GradientCheck.Bound);
            double values = operation.Max(result => result.ParityError / result.Case.Tolerance);
            string verdict = operation.All(result => result.Passed) ? "" : "   FAILED";
            Console.WriteLine($"{operation.Key,-20}{operation.Count(),7}{Percent(gradients),12}{values,9:P1}{verdict}");
        }

        Console.WriteLine();
    }

    private static string Percent(double? share) => share is { } known ? $"{known:P1}" : "-";

    // A case is named after its operation and what is special about it.
    private static string Operation(CheckResult result) => result.Case.Name.Split(' ', ',')[0];
}
