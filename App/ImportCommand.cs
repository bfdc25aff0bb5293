using System.CommandLine;
using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary><c>minilstm import</c>: makes a model folder out of a file of Keras or PyTorch.</summary>
internal sealed class ImportCommand : ProgramCommand
{
    private const string SafetensorsSuffix = ".safetensors";

    private readonly Argument<string> _file = new("FILE")
    {
        Description =
            "A model of Keras (.h5, .keras), its weights alone (.weights.h5), or weights of PyTorch (.safetensors).",
    };

    private readonly Option<string> _out = new("--out")
    {
        HelpName = "FOLDER",
        Description = "The folder of the model; it must be new or empty.",
        Required = true,
    };

    private readonly Option<string?> _like = new("--like")
    {
        HelpName = "RUN",
        Description = "The run whose layers weights without a model belong to; it is not changed.",
    };

    private readonly Option<bool> _lenient = new("--lenient")
    {
        Description = "With PyTorch's weights: keep the values of --like where the file has none, and leave out what has no place.",
    };

    public ImportCommand()
        : base("import", "Makes a model out of a file of Keras or PyTorch.")
    {
        Add(_file);
        Add(_out);
        Add(_like);
        Add(_lenient);
    }

    public override IReadOnlyList<(string Call, string Purpose)> Examples =>
    [
        ("minilstm import model.keras --out runs/from-keras", "a whole model"),
        ("minilstm import lstm.safetensors --like runs/a --out runs/from-pytorch", "PyTorch's weights for the layers of a run"),
    ];

    protected override int Run(ParseResult arguments, CancellationToken cancellation)
    {
        string file = arguments.GetValue(_file) ?? "";
        if (!File.Exists(file))
            throw new UsageException($"{file}: there is no such file; check the path");
        RunFolder? like = arguments.GetValue(_like) is { } name ? RunFolder.OfModel(name) : null;
        bool isPyTorch = file.EndsWith(SafetensorsSuffix, StringComparison.OrdinalIgnoreCase);
        bool isLenient = arguments.GetValue(_lenient);
        if (isPyTorch && like is null)
            throw new UsageException($"{file}: weights without a model; name a run that has its layers with --like");
        if (isLenient && !isPyTorch)
            throw new UsageException("--lenient is for the weights of PyTorch; leave it out");

        using Backend device = Devices.Open(Devices.Host, threads: 1);
        (Sequential imported, IReadOnlyList<string> notes) = like is null
            ? KerasImport.Load(file, device)
            : new KerasImported(ModelFolder.LoadModel(like.Path, device), []);
        using Sequential model = imported;
        if (isPyTorch)
            Print(PyTorchWeights.Load(file, model, strict: !isLenient));
        else if (like is not null)
            KerasImport.LoadWeights(file, model);

        RunFolder target = RunFolder.Create(arguments.GetValue(_out));
        try
        {
            if (like is not null && File.Exists(like.TokenizerPath))
                File.Copy(like.TokenizerPath, target.TokenizerPath);
            ModelFolder.Save(target.Path, model);
        }
        finally
        {
            target.DeleteIfEmpty();
        }

        Console.Write(model.Summary());
        Console.WriteLine();
        foreach (string note in notes)
            Console.WriteLine($"note      {note}");
        Console.WriteLine($"imported  {file} into {target}");
        string next = File.Exists(target.TokenizerPath)
            ? Invocation.Of("generate", "--run", target.Path)
            : Invocation.Of("export", "--run", target.Path, "--format", "onnx");
        Console.WriteLine($"next:     {next}");
        return ExitCode.Success;
    }

    private static void Print(WeightsReport report)
    {
        Console.WriteLine($"loaded    {report.Loaded.Count} tensors");
        if (report.Missing.Count > 0)
            Console.WriteLine($"kept      {string.Join(", ", report.Missing)}: not in the file");
        if (report.Unexpected.Count > 0)
            Console.WriteLine($"left out  {string.Join(", ", report.Unexpected)}: no place in the model");
    }
}
