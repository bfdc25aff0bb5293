using System.Text.Json;
using System.Text.Json.Serialization;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>The file <c>config.json</c> of a model: its layers with all their settings, but no learnt value.</summary>
public static class ModelConfig
{
    /// <summary>The file's name inside a model's folder.</summary>
    public const string FileName = "config.json";

    private const string Format = "minilstm-model";
    private const int Version = 1;

    // Some thousand layers; nobody's model has more.
    private const int MaximumBytes = 1 << 20;

    /// <summary>Describes a model.</summary>
    /// <param name="model">The model, built or not.</param>
    /// <returns>UTF-8 JSON; equal models give equal bytes.</returns>
    /// <exception cref="NotSupportedException">The model has a layer of a type that files do not know.</exception>
    public static byte[] ToBytes(Sequential model)
    {
        LayerConfig[] layers = [.. model.Layers.Select(layer => layer.ToConfig())];
        var content = new ModelContent(Format, Version, model.InputWidth, layers, model.Input.HasTime, model.Input.Steps);
        return JsonSerializer.SerializeToUtf8Bytes(content, ModelJson.Default.ModelContent);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>The model that it describes, not built.</returns>
    /// <exception cref="ModelFileException">The content is not what the format promises.</exception>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static Sequential Read(string path) => Parse(JsonFile.ReadBytes(path, MaximumBytes), path);

    /// <summary>Reads the content of a file.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="path">Path of the file, for messages.</param>
    /// <returns>The model that it describes, not built.</returns>
    /// <exception cref="ModelFileException">The content is not what the format promises.</exception>
    public static Sequential Parse(ReadOnlySpan<byte> json, string path)
    {
        ModelContent content = JsonFile.Parse(json, path, Format, Version, ModelJson.Default.ModelContent);
        try
        {
            var layers = new List<Layer>(content.Layers.Count);
            foreach (LayerConfig? config in content.Layers)
            {
                if (config is null)
                    throw new ArgumentException($"layer {layers.Count} is null, expected an object");
                layers.Add(config.ToLayer(layers));
            }

            return new(new FlowShape(content.InputWidth, content.HasTime, content.Steps), [.. layers]);
        }
        catch (Exception error) when (error is ArgumentException or ShapeException)
        {
            throw new ModelFileException(path, null, error.Message);
        }
    }
}

/// <summary>The file, version 1.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ModelContent(string Format, int Version, int InputWidth, IReadOnlyList<LayerConfig?> Layers, bool HasTime = true, int? Steps = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NewLine = "\n",
    AllowDuplicateProperties = false,
    AllowOutOfOrderMetadataProperties = true,
    Converters =
    [
        typeof(CamelCaseEnumConverter<Direction>),
        typeof(CamelCaseEnumConverter<MergeMode>),
        typeof(CamelCaseEnumConverter<MaskedOutput>),
        typeof(CamelCaseEnumConverter<CellActivation>),
        typeof(CamelCaseEnumConverter<PoolingMode>),
    ],
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelContent))]
internal sealed partial class ModelJson : JsonSerializerContext;
