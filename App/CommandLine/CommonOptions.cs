using System.CommandLine;

namespace MiniLstm.App;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string?> Device() =>
        Numbers.Choice(
            "--device",
            "NAME",
            $"Where to compute (default {Devices.Host}; {Devices.Auto} takes a graphics processor if there is one; {Devices.Reference} is exact and slow)",
            $"{string.Join(", ", Devices.All)}; of several the second is cuda:1 or opencl:1",
            Devices.IsName);

    public static Option<string?> Precision() =>
        Numbers.Choice(
            "--precision",
            "FORM",
            "In what form a CUDA device's large products read their operands (default fp32; tf32 and bf16 use its tensor cores; weights stay float32)",
            Devices.Precisions);

    public static Option<int?> Threads() =>
        Numbers.Integer(
            "--threads", "Threads that compute; no result depends on it. Default: one for each processor.", 1, 1024);

    public static Option<string?> Weights() =>
        Numbers.Choice(
            "--weights",
            "FORM",
            "In what form weights are read (default f32; the others are faster and a little less exact)",
            [.. Devices.WeightFormats.Keys]);

    public static Option<string?> Run() => new("--run")
    {
        HelpName = "FOLDER",
        Description = "The run, or any folder with a model. Default: the newest below runs.",
    };

    public static Option<bool> Verbose() => new("--verbose")
    {
        Description = "Tell on standard error how it computes: device (where the results do not name it), paths of products and recurrent steps, time of compiling kernels.",
    };

    public static Option<bool> Json() => new("--json")
    {
        Description = "Print the results as one JSON object, as the last line.",
    };
}
