using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MiniLstm.Tests;

/// <summary>NVIDIA's assembler, where it is on the path (<c>.ci/with-ptxas</c> puts it there): many kernels at a time, as one module.</summary>
public static partial class PtxAssembler
{
    /// <summary>Whether it is there.</summary>
    public static bool IsThere => Environment.GetEnvironmentVariable("PATH")!
        .Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, "ptxas")));

    /// <summary>Assembles kernels for a capability, in as many processes as there are cores.</summary>
    /// <exception cref="InvalidOperationException">It refused one; the message is its own.</exception>
    public static List<AssembledKernel> Assemble(IReadOnlyDictionary<Type, string> kernels, int capability)
    {
        int batches = Environment.ProcessorCount;
        return
        [
            .. kernels.Select((kernel, k) => (kernel.Key, kernel.Value, Batch: k % batches))
                .GroupBy(x => x.Batch, x => (x.Key, x.Value))
                .AsParallel()
                .SelectMany(batch => AssembleModule([.. batch], capability)),
        ];
    }

    [GeneratedRegex(@"Kernel_Run\w+")]
    private static partial Regex EntryName();

    [GeneratedRegex(@"(?s)\.version.*?\.address_size \d+")]
    private static partial Regex Header();

    [GeneratedRegex(@"Function properties for kernel(\d+)\s+(\d+) bytes stack frame, (\d+) bytes spill stores, \d+ bytes spill loads\s+"
        + @".*?Used (\d+) registers(?:.*?(\d+) bytes smem)?")]
    private static partial Regex Properties();

    // Split by it, a listing is what comes before, and of each function its number and its lines.
    [GeneratedRegex(@"^\.text\.kernel(\d+):", RegexOptions.Multiline)]
    private static partial Regex Function();

    // All under one header, each under a name of its own.
    private static IEnumerable<AssembledKernel> AssembleModule(List<(Type Kernel, string Text)> kernels, int capability)
    {
        var module = new StringBuilder(Header().Match(kernels[0].Text).Value).AppendLine();
        for (int k = 0; k < kernels.Count; k++)
            module.AppendLine(EntryName().Replace(Header().Replace(kernels[k].Text, ""), $"kernel{k}"));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("minilstm-ptx");
        try
        {
            string text = Path.Combine(folder.FullName, "kernels.ptx");
            string code = Path.Combine(folder.FullName, "kernels.cubin");
            File.WriteAllText(text, module.ToString());
            string report = Run("ptxas", "-v", $"-arch=sm_{capability}", text, "-o", code);
            string[] functions = Function().Split(Run("nvdisasm", "-c", code));
            Dictionary<int, SassListing> listings = Enumerable.Range(0, functions.Length / 2)
                .ToDictionary(k => Number(functions[2 * k + 1]), k => new SassListing(functions[2 * k + 2].Split('\n')));
            return [.. Properties().Matches(report).Select(m => Read(m, kernels, capability, listings))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static AssembledKernel Read(
        Match match, List<(Type Kernel, string Text)> kernels, int capability, Dictionary<int, SassListing> listings)
    {
        int number = Number(match.Groups[1].Value);
        int shared = match.Groups[5].Success ? Number(match.Groups[5].Value) : 0;
        return new(
            kernels[number].Kernel,
            capability,
            Registers: Number(match.Groups[4].Value),
            SharedBytes: shared,
            StackBytes: Number(match.Groups[2].Value),
            SpilledBytes: Number(match.Groups[3].Value),
            listings[number]);
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Result + errors
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors}{output.Result}");
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
