using System.CommandLine;
using MiniLstm.Model;

namespace MiniLstm.App;

/// <summary><c>minilstm summary</c>: shows the layers of a model, what flows between them, and what they learn.</summary>
internal sealed class SummaryCommand : ProgramCommand
{
    private readonly Option<string?> _run = CommonOptions.Run();

    public SummaryCommand()
        : base("summary", "Shows the layers of a model, what flows between them, and how many numbers they learn.") => Add(_run);

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm summary", "the model of the newest run"),
        ("minilstm summary --run imported", "a model that came from elsewhere"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        RunFolder run = RunFolder.OfModel(arguments.GetValue(_run));
        Console.WriteLine($"model     {run}");
        Console.Write(ModelConfig.Read(run.ConfigPath).Summary());
        return ExitCode.Success;
    }
}
