using System.Globalization;
using System.Text;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>The folder of a run: a model folder, and beside its three files all that belongs to its training.</summary>
/// <param name="path">Where it is.</param>
internal sealed class RunFolder(string path)
{
    /// <summary>The name of the copy of a text that came from standard input.</summary>
    public const string TextCopyName = "data.txt";

    private const string Root = "runs";
    private const string SettingsName = "training.json";

    /// <summary>The folder, as short as it can be said.</summary>
    public string Path { get; } = Invocation.Shortest(path);

    /// <summary>All settings of the training.</summary>
    public string SettingsPath => In(SettingsName);

    public string ConfigPath => In(ModelConfig.FileName);

    public string TokenizerPath => In(TokenizerFile.Name);

    public string WeightsPath => In(ModelFolder.WeightsName);

    public string CheckpointPath => In("checkpoint.safetensors");

    public string MetricsPath => In("metrics.jsonl");

    public string SamplesPath => In("samples.txt");

    public string ChartPath => In("loss.png");

    public string TextCopyPath => In(TextCopyName);

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="path">Where; null: below <c>runs</c>, named by the time.</param>
    /// <returns>The folder, empty.</returns>
    /// <exception cref="UsageException">There is something already.</exception>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static RunFolder Create(string? path)
    {
        path ??= NewPath();
        if (File.Exists(path))
            throw new UsageException($"--out {path}: there is a file of that name; choose another");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new UsageException(
                $"--out {path}: the folder is not empty, and runs are never overwritten; " +
                $"choose another, or go on with --resume {path}");
        try
        {
            Directory.CreateDirectory(path);
            return new(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{path}: the folder of the run cannot be made ({error.Message}); choose another with --out", error);
        }
    }

    /// <summary>Finds an existing run.</summary>
    /// <param name="path">Its folder.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="UsageException">There is none.</exception>
    /// <exception cref="DataException">Its checkpoint is gone.</exception>
    public static RunFolder OfTraining(string path)
    {
        RunFolder run = new(path);
        if (!File.Exists(run.SettingsPath))
            throw new UsageException($"{run}: there is no run here ({SettingsName} is missing); check the path");

        // A checkpoint stands before the first line of metrics: to begin again would mix two runs.
        if (!File.Exists(run.CheckpointPath) && new FileInfo(run.MetricsPath) is { Exists: true, Length: > 0 })
            throw new DataException(
                $"{run.CheckpointPath}: the checkpoint is missing, the run cannot go on; begin another one, from its best model with --init-from {run}");
        return run;
    }

    /// <summary>Finds a model that can be used.</summary>
    /// <param name="path">Its folder; null: the newest run below <c>runs</c>.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="UsageException">There is none.</exception>
    public static RunFolder OfModel(string? path)
    {
        RunFolder run = path is null ? Newest() : new(path);
        if (File.Exists(run.WeightsPath))
            return run;
        if (!Directory.Exists(run.Path))
            throw new UsageException($"{run}: there is no such folder; check the path");
        throw new UsageException(
            File.Exists(run.SettingsPath)
                ? $"{run}: this run has no model yet, since it ended before its first validation; " +
                    $"go on with {Invocation.Of("train", "--resume", run.Path)}"
                : $"{run}: there is no model here ({ModelFolder.WeightsName} is missing); check the path");
    }

    /// <summary>Finds a model that reads text.</summary>
    /// <param name="path">Its folder; null: the newest run below <c>runs</c>.</param>
    /// <returns>The folder.</returns>
    /// <exception cref="UsageException">There is none.</exception>
    public static RunFolder OfLanguageModel(string? path)
    {
        RunFolder run = OfModel(path);
        return File.Exists(run.TokenizerPath)
            ? run
            : throw new UsageException($"{run}: this model has no tokenizer, so it reads no text; expected a run of train");
    }

    /// <summary>Whether the folder of a new run would lie inside another.</summary>
    /// <param name="path">Where the run is going to be; null: below <c>runs</c>.</param>
    /// <param name="folder">The full path of the other folder.</param>
    public static bool IsInside(string? path, string folder)
    {
        string relative = System.IO.Path.GetRelativePath(folder, System.IO.Path.GetFullPath(path ?? Root));
        string upwards = $"..{System.IO.Path.DirectorySeparatorChar}";
        return relative != ".." && !relative.StartsWith(upwards, StringComparison.Ordinal)
            && !System.IO.Path.IsPathRooted(relative);
    }

    /// <summary>Writes what a run consists of before its first step. The settings come last: without them there is no
    /// run.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="model">Its model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="textCopy">The copy of its text, if it needs one.</param>
    public void Begin(TrainingSettings settings, Sequential model, TokenizerFile tokenizer, string? textCopy)
    {
        if (textCopy is not null)
            Write(TextCopyPath, Encoding.UTF8.GetBytes(textCopy));
        Write(TokenizerPath, tokenizer.ToBytes());
        Write(ConfigPath, ModelConfig.ToBytes(model));
        settings.Write(this);

        static void Write(string file, byte[] content) => AtomicFile.Write(file, stream => stream.Write(content));
    }

    /// <summary>Keeps other processes from training in this folder.</summary>
    /// <returns>The lock; dispose of it. The system takes it from a process that dies.</returns>
    /// <exception cref="DataException">Another process does.</exception>
    public IDisposable Lock()
    {
        string file = In(".lock");
        try
        {
            return new FileStream(
                file,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(file))
        {
            throw new DataException($"{this}: another process is training in this folder; wait for it or end it first");
        }
    }

    /// <summary>Deletes the folder if nothing was written into it.</summary>
    public void DeleteIfEmpty()
    {
        if (!Directory.EnumerateFileSystemEntries(Path).Any())
            Directory.Delete(Path);
    }

    /// <summary>The path.</summary>
    /// <returns>The path.</returns>
    public override string ToString() => Path;

    /// <summary>The newest run that has a model, or else the newest run.</summary>
    private static RunFolder Newest()
    {
        IEnumerable<string> folders = Directory.Exists(Root) ? Directory.EnumerateDirectories(Root) : [];
        return folders
            .Select(folder => new RunFolder(folder))
            .Where(run => File.Exists(run.SettingsPath))
            .MaxBy(run => (File.Exists(run.WeightsPath), File.GetLastWriteTimeUtc(run.SettingsPath), run.Path))
            ?? throw new UsageException(
                $"there is no run below {System.IO.Path.GetFullPath(Root)}; " +
                $"make one with {Invocation.Of("train")}, or name its folder with --run");
    }

    private static string NewPath()
    {
        string name = DateTime.Now.ToString("yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture);
        string path = System.IO.Path.Combine(Root, name);
        for (int n = 2; Directory.Exists(path); n++)
            path = System.IO.Path.Combine(Root, $"{name}-{n}");
        return path;
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
