using System.Text.Json.Serialization;

namespace MiniLstm.Model;

/// <summary>The description of one layer in <c>config.json</c>; its property <c>type</c> says of which kind.</summary>
/// <param name="Name">The layer's name.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(EmbeddingConfig), EmbeddingConfig.Kind)]
[JsonDerivedType(typeof(LstmConfig), LstmConfig.Kind)]
[JsonDerivedType(typeof(GruConfig), GruConfig.Kind)]
[JsonDerivedType(typeof(SimpleRnnConfig), SimpleRnnConfig.Kind)]
[JsonDerivedType(typeof(DenseConfig), DenseConfig.Kind)]
[JsonDerivedType(typeof(DropoutConfig), DropoutConfig.Kind)]
[JsonDerivedType(typeof(LayerNormalizationConfig), LayerNormalizationConfig.Kind)]
[JsonDerivedType(typeof(ActivationConfig), ActivationConfig.Kind)]
[JsonDerivedType(typeof(TimeDistributedConfig), TimeDistributedConfig.Kind)]
[JsonDerivedType(typeof(BidirectionalConfig), BidirectionalConfig.Kind)]
[JsonDerivedType(typeof(MaskingConfig), MaskingConfig.Kind)]
[JsonDerivedType(typeof(RepeatVectorConfig), RepeatVectorConfig.Kind)]
[JsonDerivedType(typeof(FlattenConfig), FlattenConfig.Kind)]
[JsonDerivedType(typeof(TimePoolingConfig), TimePoolingConfig.Kind)]
[JsonDerivedType(typeof(AdaptiveSoftmaxConfig), AdaptiveSoftmaxConfig.Kind)]
internal abstract record LayerConfig([property: JsonPropertyOrder(-1)] string Name)
{
    /// <summary>Makes the layer.</summary>
    /// <param name="earlier">The layers before it.</param>
    /// <exception cref="ArgumentException">A number is outside its range, or a layer that is referred to is not
    /// there.</exception>
    public abstract Layer ToLayer(IReadOnlyList<Layer> earlier);
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record EmbeddingConfig(string Name, int Vocabulary, int Width, int? PaddingId = null, double WordDropout = 0)
    : LayerConfig(Name)
{
    public const string Kind = "embedding";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) =>
        new Embedding(Vocabulary, Width) { Name = Name, PaddingId = PaddingId, WordDropout = WordDropout };
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DenseConfig(string Name, int Units, bool Bias, string? TiedTo = null) : LayerConfig(Name)
{
    public const string Kind = "dense";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new Dense(Units, Bias, Tie(earlier)) { Name = Name };

    private Embedding? Tie(IReadOnlyList<Layer> earlier)
    {
        if (TiedTo is null)
            return null;
        return earlier.OfType<Embedding>().FirstOrDefault(embedding => embedding.Name == TiedTo)
            ?? throw new ArgumentException($"{Name}: tied to {SafetensorsHeader.Quote(TiedTo)}, but no embedding before it has that name");
    }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record DropoutConfig(string Name, double Probability, bool OneMaskPerSequence = false) : LayerConfig(Name)
{
    public const string Kind = "dropout";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) =>
        new Dropout(Probability) { Name = Name, OneMaskPerSequence = OneMaskPerSequence };
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record LayerNormalizationConfig(string Name, double Epsilon) : LayerConfig(Name)
{
    public const string Kind = "layer_normalization";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new LayerNormalization(Epsilon) { Name = Name };
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record AdaptiveSoftmaxConfig(string Name, int Classes, IReadOnlyList<int> Cutoffs, double Divisor, bool HeadBias)
    : LayerConfig(Name)
{
    public const string Kind = "adaptive_softmax";

    public override Layer ToLayer(IReadOnlyList<Layer> earlier) => new AdaptiveSoftmax(Classes, Cutoffs, Divisor, HeadBias) { Name = Name };
}
