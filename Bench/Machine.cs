using System.Runtime.InteropServices;

namespace MiniLstm.Bench;

/// <summary>What machine a figure is from.</summary>
internal static class Machine
{
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>The machine in words.</summary>
    /// <returns>Such as <c>AMD EPYC (family 26, model 2), 2 processors</c>; where the system does not tell, the architecture instead.</returns>
    public static string Describe()
    {
        string name = Of("model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string generation = Of("cpu family") is { } family ? $" (family {family}, model {Of("model")})" : "";
        return $"{name}{generation}, {Environment.ProcessorCount} processors";
    }

    private static string? Of(string key) => File.Exists(ProcessorFile)
        ? File.ReadLines(ProcessorFile).Select(line => line.Split(':', 2)).FirstOrDefault(pair => pair[0].TrimEnd() == key)?[1].Trim()
        : null;
}
