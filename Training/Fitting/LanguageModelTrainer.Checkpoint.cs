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
        .. _state.Tensors.Select(tensor => ($"state.{tensor.Name}", tensor.View)),
    ];

    private IReadOnlyList<ulong> Offsets => [.. Model.RandomStreams.Select(stream => stream.Offset)];

    /// <summary>Goes on from a checkpoint; to be called before <see cref="Run"/>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file is missing or unsound, or belongs to a run with another model,
    /// text or window.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public void Restore(string path)
    {
        CheckpointHeader header = CheckpointFile.ReadHeader(path);
        Check(path, "windows of", header.Window, Windows.Steps);
        Check(path, "batches of", header.Batch, Windows.Batch);
        Check(path, "windows per epoch:", header.WindowsPerEpoch, Windows.PerEpoch);
        Check(path, "random streams:", header.RandomOffsets.Count, Model.RandomStreams.Count);
        TensorFile.Read(path, Device, Tensors);
        SetOffsets(header.RandomOffsets);
        _optimizer.Restore(header.Step);

        LoadFrom(header.Notes);
        Options.Schedule.LoadFrom(header.Notes);
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.LoadFrom(header.Notes);
    }

    private void SaveCheckpoint()
    {
        ThrowIfFailed();
        if (Options.CheckpointPath is not { } path)
            return;

        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        SaveTo(notes);
        Options.Schedule.SaveTo(notes);
        foreach (TrainingCallback callback in Options.Callbacks)
            callback.SaveTo(notes);
        var header = new CheckpointHeader(
            CheckpointFile.Format,
            CheckpointFile.Version,
            CompletedSteps,
            Options.Steps,
            Windows.Steps,
            Windows.Batch,
            Windows.PerEpoch,
            Offsets,
            notes);
        CheckpointFile.Write(path, header, Device, Tensors);
    }

    private void SaveTo(SortedDictionary<string, double> notes)
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

        double? Noted(string name) => notes.TryGetValue(name, out double number) ? number : null;
    }

    private static void Check(string path, string what, int found, int expected)
    {
        if (found != expected)
            throw new ModelFileException(path, null, $"a checkpoint with {what} {found}, the run has {expected}");
    }
}
