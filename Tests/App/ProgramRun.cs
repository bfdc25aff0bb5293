using System.Diagnostics;
using System.Text;

namespace MiniLstm.Tests;

/// <summary>What a run of the program ended with.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">All of standard output.</param>
/// <param name="Error">All of standard error.</param>
internal sealed record ProgramResult(int Code, string Output, string Error)
{
    public string LastLine => Output.TrimEnd().Split('\n')[^1];

    public override string ToString() => $"exit code {Code}\n{Output}\n{Error}";
}

/// <summary>The built program, run as its user would: a process of its own, told by arguments and signals.</summary>
internal sealed class ProgramRun : IDisposable
{
    private static readonly string _name = OperatingSystem.IsWindows() ? "minilstm.exe" : "minilstm";
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    private ProgramRun(string folder, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo
        {
            FileName = Path.Combine(AppContext.BaseDirectory, _name),
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Runs the program to its end.</summary>
    /// <param name="folder">Its current folder.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProgramResult Run(string folder, params string[] arguments)
    {
        using var run = new ProgramRun(folder, arguments);
        return run.Finish();
    }

    /// <summary>Runs the program to its end, with a text on standard input.</summary>
    /// <param name="folder">Its current folder.</param>
    /// <param name="input">The text.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProgramResult RunWithInput(string folder, string input, params string[] arguments)
    {
        using var run = new ProgramRun(folder, arguments);
        run._process.StandardInput.Write(input);
        return run.Finish();
    }

    /// <summary>Starts the program; the caller ends it.</summary>
    /// <param name="folder">Its current folder.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProgramRun Start(string folder, params string[] arguments) => new(folder, arguments);

    /// <summary>Sends SIGTERM, which the program treats as it treats Ctrl-C; a job in the background inherits that SIGINT is ignored. Not on
    /// Windows.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Ends it at once, as SIGKILL or a power failure does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    public ProgramResult Finish()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(_patience))
        {
            _process.Kill();
            Assert.Fail($"the program does not end: {string.Join(' ', _process.StartInfo.ArgumentList)}");
        }

        // Once more without a limit: this one also waits for the last lines.
        _process.WaitForExit();
        lock (_output)
        {
            lock (_error)
                return new(_process.ExitCode, _output.ToString(), _error.ToString());
        }
    }

    public void Dispose() => _process.Dispose();

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null)
                text.Append(line).Append('\n');
        }
    }
}
