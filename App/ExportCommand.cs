using System.CommandLine;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary><c>minilstm export</c>: writes a model for other programs.</summary>
internal sealed class ExportCommand : ProgramCommand
{
    private const string Safetensors = "safetensors";
    private const string Onnx = "onnx";

    private readonly Option<string?> _run = CommonOptions.Run();

    private readonly Option<string?> _format = Numbers.Choice(
        "--format", "NAME", "PyTorch's weights, or a model that ONNX Runtime runs", Safetensors, Onnx);

    private readonly Option<string?> _out = new("--out")
    {
        HelpName = "FILE",
        Description = "The file to create or replace. Default: export.safetensors or export.onnx in the run's folder.",
    };

    private readonly Option<bool> _probabilities = new("--probabilities")
    {
        Description = "ONNX: let the model end in probabilities instead of logits.",
    };

    private readonly Option<bool> _batchFirst = new("--batch-first")
    {
        Description = "ONNX: inputs and outputs [batch, time, …] instead of [time, batch, …].",
    };

    public ExportCommand()
        : base("export", "Writes a model for PyTorch or ONNX Runtime.")
    {
        _format.Required = true;
        Option[] all = [_run, _format, _out, _probabilities, _batchFirst];
        foreach (Option option in all)
            Add(option);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm export --format onnx", "the newest run, for ONNX Runtime"),
        ("minilstm export --run runs/a --format safetensors --out a.safetensors", "the weights under PyTorch's names"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        RunFolder run = RunFolder.OfModel(arguments.GetValue(_run));
        bool isOnnx = arguments.GetValue(_format) == Onnx;
        var options = new OnnxOptions(arguments.GetValue(_probabilities), arguments.GetValue(_batchFirst));
        if (!isOnnx && (options.Probabilities || options.BatchFirst))
            throw new UsageException($"--probabilities and --batch-first are for --format {Onnx}; leave them out");

        string file = arguments.GetValue(_out) ?? Path.Combine(run.Path, $"export.{(isOnnx ? Onnx : Safetensors)}");
        using Backend device = Devices.Open(Devices.Host, threads: 1);
        using Sequential model = ModelFolder.LoadModel(run.Path, device);
        try
        {
            if (isOnnx)
                OnnxExport.Save(file, model, options);
            else
                PyTorchWeights.Save(file, model);
        }
        catch (NotSupportedException error)
        {
            throw new DataException(error.Message, error);
        }

        Console.WriteLine($"exported  {run} to {file}, {new FileInfo(file).Length:N0} bytes");
        return ExitCode.Success;
    }
}
