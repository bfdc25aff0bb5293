using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>Saving all that the run depends on, and going on from it.</content>
public sealed partial class LanguageModelTrainer
{
    /// <summary>Parameters, moments and recurrent state, with the names that they have in the file.</summary>
    private IReadOnlyList<(string Name, View View)> Tensors =>
    [
        .. Model.Parameters.All.Select(parameter => (parameter.Name, parameter.View)),
        .. _optimizer.Moments,
        .. _parts.StateTensors,
    ];

    private IReadOnlyList<ulong> Offsets => [.. Model.RandomStreams.Select(stream => stream.Offset)];

    private IReadOnlyList<ulong> RandomSeeds => [.. Model.RandomStreams.Select(stream => stream.Seed)];

    /// <summary>Goes on from a checkpoint; to be called before <see cref="Run"/>, or after an exception ended
    /// it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing or unsound, or belongs to another run: its model,
    /// text, windows, seeds or step budget differ.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public void Restore(string path)
    {
        CheckpointHeader header = CheckpointFile.ReadHeader(path);
        Check(path, "step budget", header.StepBudget, Options.Steps);
        Check(path, "windows of", header.Window, Windows.Steps);
        Check(path, "batches of", header.Batch, Windows.Batch);
        Check(path, "windows per epoch:", header.WindowsPerEpoch, Windows.PerEpoch);
        Check(path, "windows of seed", header.WindowsSeed, Windows.Seed);
        Check(path, "a training text of SHA-256", header.TextHash, Windows.TextHash);
        Check(path, "random streams:", header.RandomOffsets.Count, Model.RandomStreams.Count);
        Check(path, "random streams of seeds", string.Join(", ", header.RandomSeeds), string.Join(", ", RandomSeeds));

        _mustRestore = true;
        TensorFile.Read(path, Device, Tensors);
        SetOffsets(header.RandomOffsets);
        _optimizer.Restore(header.Step);
        _offsets.Clear();
        _measuredSteps = 0;
        _stepping.Reset();
        _stopReason = null;
        LoadFrom(header.Notes);
        _mustRestore = false;
    }

    private void SaveCheckpoint()
    {
        ThrowIfFailed();
        if (Options.CheckpointPath is not { } path)
            return;

        SortedDictionary<string, double> notes = CheckpointNotes.Of(
            "Run: two of trainer, schedule and callbacks",
            [
                SaveTo,
                _optimizer.SaveTo,
                Options.Schedule.SaveTo,
                .. Options.Callbacks.Select<TrainingCallback, NoteWriter>(callback => callback.SaveTo),
            ]);
        var header = new CheckpointHeader(
            CheckpointFile.Format,
            CheckpointFile.Version,
            CompletedSteps,
            Options.Steps,
            Windows.Steps,
            Windows.Batch,
            Windows.PerEpoch,
            Windows.Seed,
            Windows.TextHash,
            RandomSeeds,
            Offsets,
            notes);
        CheckpointFile.Write(path, header, CheckpointJson.Default.CheckpointHeader, Device, Tensors);
    }

    private void SaveTo(IDictionary<string, double> notes)
    {
        notes["trainer.lossSum"] = Read(_lossSum);
        notes["trainer.reportedSteps"] = _reportedSteps;
        notes["trainer.bestStep"] = _bestStep;
        Note("trainer.trainingLoss", _trainingLoss);
        Note("trainer.validationLoss", _validationLoss);
        Note("trainer.bestLoss", _bestLoss);

        void Note(string name, double? value)
        {
            if (value is { } number)
                notes[name] = number;
        }
    }

    private void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        Device.Fill(_lossSum, notes.GetValueOrDefault("trainer.lossSum"));
        _reportedSteps = (long)notes.GetValueOrDefault("trainer.reportedSteps");
        _bestStep = (long)notes.GetValueOrDefault("trainer.bestStep");
        _trainingLoss = Noted("trainer.trainingLoss");
        _validationLoss = Noted("trainer.validationLoss");
        _bestLoss = Noted("trainer.bestLoss");
        _optimizer.LoadFrom(notes);
        Options.Schedule.LoadFrom(notes);
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.LoadFrom(notes);

        double? Noted(string name) => notes.TryGetValue(name, out double number) ? number : null;
    }

    private static void Check<T>(string path, string what, T found, T expected)
        where T : IEquatable<T>
    {
        if (!found.Equals(expected))
            throw new ModelFileException(path, null, $"a checkpoint with {what} {found}, the run has {expected}");
    }
}
