using System.Text.Json.Serialization;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>Keeping weights in memory, and all that a run depends on in a file.</content>
public sealed partial class Learner
{
    private View _keptWeights;

    private IReadOnlyList<ulong> Offsets => [.. Model.RandomStreams.Select(stream => stream.Offset)];

    private IReadOnlyList<ulong> RandomSeeds => [.. Model.RandomStreams.Select(stream => stream.Seed)];

    /// <summary>Keeps a copy of all weights, in place of the one kept before. Backups have it too.</summary>
    /// <exception cref="DeviceException">The device has no room for it.</exception>
    public void KeepWeights()
    {
        RentKeptWeights();
        Device.Copy(_keptWeights, Model.Parameters.Values);
    }

    /// <summary>Goes back to the weights that were kept; the optimiser stays as it is.</summary>
    /// <exception cref="InvalidOperationException">None were.</exception>
    public void RestoreWeights()
    {
        if (!_keptWeights.Exists)
            throw new InvalidOperationException("RestoreWeights: no weights were kept; call KeepWeights first");
        Device.Copy(Model.Parameters.Values, _keptWeights);
        Model.Parameters.Values.Buffer.MarkChanged();
    }

    /// <summary>Goes on from the backup if there is one.</summary>
    /// <returns>How many epochs are completed.</returns>
    private int Resume(FitPlan plan, History history)
    {
        foreach (Callback callback in plan.Callbacks)
            callback.LoadFrom(new Dictionary<string, double>());
        if (plan.BackupPath is not { } path || !File.Exists(path))
            return plan.InitialEpoch;

        BackupHeader header = CheckpointFile.ReadHeader(
            path, BackupHeader.FormatName, BackupHeader.CurrentVersion, BackupJson.Default.BackupHeader);
        Check(path, "batches of", header.BatchSize, plan.BatchSize);
        Check(path, "order of samples:", header.Order, plan.Order);
        Check(path, "seed", header.Seed, plan.Seed);
        Check(path, "states:", header.States, plan.States);
        Check(path, "training data of SHA-256", header.DataHash, plan.DataHash);
        Check(path, "random streams of seeds", string.Join(", ", header.RandomSeeds), string.Join(", ", RandomSeeds));
        Check(path, "random offsets:", header.RandomOffsets.Count, RandomSeeds.Count);
        Check(path, "epochs in the history:", header.History.Values.All(v => v.Count == header.Epochs.Count), true);

        if (header.KeepsWeights)
            RentKeptWeights();
        TensorFile.Read(path, Device, Tensors(header.KeepsWeights));
        SetOffsets(header.RandomOffsets);
        _optimizer.Restore(header.Step);
        LearningRate = header.LearningRate;
        for (int k = 0; k < header.Epochs.Count; k++)
            history.Add(header.Epochs[k], header.History.ToDictionary(f => f.Key, f => f.Value[k]));
        foreach (Callback callback in plan.Callbacks)
            callback.LoadFrom(header.Notes);
        return header.CompletedEpochs;
    }

    private void Backup(FitPlan plan, int completed, History history)
    {
        if (plan.BackupPath is not { } path)
            return;

        var figures = new OrderedDictionary<string, IReadOnlyList<double>>();
        foreach (string name in history.Names)
            figures.Add(name, history[name]);
        var header = new BackupHeader(
            BackupHeader.FormatName,
            BackupHeader.CurrentVersion,
            completed,
            CompletedSteps,
            plan.BatchSize,
            plan.Order,
            plan.Seed,
            plan.States,
            plan.DataHash,
            LearningRate,
            RandomSeeds,
            Offsets,
            _keptWeights.Exists,
            history.Epochs,
            figures,
            CheckpointNotes.Of("Fit: two callbacks", plan.Callbacks.Select<Callback, NoteWriter>(c => c.SaveTo)));
        CheckpointFile.Write(
            path, header, BackupJson.Default.BackupHeader, Device, Tensors(_keptWeights.Exists));
    }

    private List<(string Name, View View)> Tensors(bool withKept)
    {
        IReadOnlyList<Parameter> parameters = Model.Parameters.All;
        List<(string Name, View View)> tensors = [.. parameters.Select(p => (p.Name, p.View)), .. _optimizer.Moments];
        if (withKept)
            tensors.AddRange(parameters.Select(p => ($"kept.{p.Name}", KeptOf(p))));
        return tensors;
    }

    private View KeptOf(Parameter parameter)
    {
        long offset = parameter.View.Offset - Model.Parameters.Values.Offset;
        return new(_keptWeights.Buffer, _keptWeights.Offset + offset, parameter.Shape);
    }

    private void RentKeptWeights()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_keptWeights.Exists)
            return;
        _keptWeights = Device.Pool.Rent(Model.Parameters.Values.Shape, "kept weights");
        Device.Fill(_keptWeights, 0);
    }

    private void SetOffsets(IReadOnlyList<ulong> offsets)
    {
        for (int k = 0; k < offsets.Count; k++)
            Model.RandomStreams[k].Offset = offsets[k];
    }

    private static void Check<T>(string path, string what, T found, T expected)
    {
        if (!EqualityComparer<T>.Default.Equals(found, expected))
            throw new ModelFileException(path, null, $"a backup of another run: {what} {found}, expected {expected}");
    }
}

/// <summary>What a backup says beside its tensors.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record BackupHeader(
    string Format,
    int Version,
    int CompletedEpochs,
    long Step,
    int BatchSize,
    SampleOrder Order,
    ulong Seed,
    StatePolicy States,
    string DataHash,
    double LearningRate,
    IReadOnlyList<ulong> RandomSeeds,
    IReadOnlyList<ulong> RandomOffsets,
    bool KeepsWeights,
    IReadOnlyList<int> Epochs,
    OrderedDictionary<string, IReadOnlyList<double>> History,
    IReadOnlyDictionary<string, double> Notes)
{
    public const string FormatName = "minilstm-fit";
    public const int CurrentVersion = 1;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BackupHeader))]
internal sealed partial class BackupJson : JsonSerializerContext;
