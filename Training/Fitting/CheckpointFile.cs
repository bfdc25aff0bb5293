using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>What a checkpoint says beside its tensors. No times: a run that was resumed ends with the same
/// bytes.</summary>
/// <param name="Format">Always <c>minilstm-checkpoint</c>.</param>
/// <param name="Version">1.</param>
/// <param name="Step">How many steps were made. The next window of the text has this number, and its epoch, its place
/// in the text and the learning rate are functions of it.</param>
/// <param name="StepBudget">How many steps the run was going to make.</param>
/// <param name="Window">Time steps of a window.</param>
/// <param name="Batch">Rows of a batch.</param>
/// <param name="WindowsPerEpoch">Windows of an epoch.</param>
/// <param name="WindowsSeed">The seed of the windows.</param>
/// <param name="TextHash">SHA-256 of the token ids of the training text, in hexadecimal.</param>
/// <param name="RandomSeeds">The seed of each random stream of the model.</param>
/// <param name="RandomOffsets">How far each random stream of the model has come.</param>
/// <param name="Notes">What trainer, schedule and callbacks remember, by name.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CheckpointHeader(
    string Format,
    int Version,
    long Step,
    long StepBudget,
    int Window,
    int Batch,
    int WindowsPerEpoch,
    ulong WindowsSeed,
    string TextHash,
    IReadOnlyList<ulong> RandomSeeds,
    IReadOnlyList<ulong> RandomOffsets,
    IReadOnlyDictionary<string, double> Notes);

/// <summary>A checkpoint: one safetensors file with parameters, moments and recurrent state, whose metadata has the
/// header.</summary>
public static class CheckpointFile
{
    internal const string Format = "minilstm-checkpoint";
    internal const int Version = 1;

    private const string MetadataKey = "checkpoint";

    /// <summary>Reads the header alone.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The header.</returns>
    /// <exception cref="ModelFileException">The file is missing or no sound checkpoint of this version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static CheckpointHeader ReadHeader(string path)
    {
        CheckpointHeader header = ReadHeader(path, Format, Version, CheckpointJson.Default.CheckpointHeader);
        if (header.Step is < 0 or > BoundOptimizer.MaximumSteps)
            throw new ModelFileException(
                path, null, $"step {header.Step}, expected 0 to {BoundOptimizer.MaximumSteps}");
        return header;
    }

    /// <summary>Reads the header of a file of tensors with such a header.</summary>
    internal static T ReadHeader<T>(string path, string expectedFormat, int expectedVersion, JsonTypeInfo<T> type)
        where T : class
    {
        if (!File.Exists(path))
            throw new ModelFileException(path, null, "there is no such file");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue(MetadataKey, out string? json))
            throw new ModelFileException(path, null, $"no metadata '{MetadataKey}': not a checkpoint");

        FileFormat format = Parse(path, json, CheckpointJson.Default.FileFormat);
        if (format.Format != expectedFormat || format.Version != expectedVersion)
        {
            throw new ModelFileException(
                path,
                null,
                $"format '{format.Format}' version {format.Version}, expected '{expectedFormat}' version " +
                $"{expectedVersion}");
        }

        return Parse(path, json, type);
    }

    /// <summary>Replaces a file of tensors with a header, whole or not at all.</summary>
    internal static void Write<T>(
        string path, T header, JsonTypeInfo<T> type, Backend device, IReadOnlyList<(string Name, View View)> tensors)
    {
        string json = JsonSerializer.Serialize(header, type);
        TensorFile.Write(path, device, tensors, new Dictionary<string, string> { [MetadataKey] = json });
    }

    private static T Parse<T>(string path, string json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new ModelFileException(path, null, $"metadata '{MetadataKey}': null, expected a JSON object");
        }
        catch (JsonException error)
        {
            throw new ModelFileException(path, null, $"metadata '{MetadataKey}': {error.Message}");
        }
    }
}

/// <summary>What every version has; it is read first, since another version may have any other properties.</summary>
internal sealed record FileFormat(string Format, int Version);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FileFormat))]
[JsonSerializable(typeof(CheckpointHeader))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
