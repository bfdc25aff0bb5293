using System.Text.Json.Serialization;

namespace MiniLstm.Model;

/// <summary>
/// The options that all recurrent layers have, as one value: for whoever makes layers of several kinds with the same ones, and for
/// <c>config.json</c>. Each means what the property of <see cref="RecurrentLayer"/> says.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RecurrentOptions
{
    /// <inheritdoc cref="RecurrentLayer.Units"/>
    public required int Units { get; init; }

    /// <inheritdoc cref="RecurrentLayer.Layers"/>
    [JsonRequired]
    public int Layers { get; init; } = 1;

    /// <inheritdoc cref="RecurrentLayer.Dropout"/>
    [JsonRequired]
    public double Dropout { get; init; }

    /// <inheritdoc cref="RecurrentLayer.ReturnsSequences"/>
    [JsonRequired]
    public bool ReturnSequences { get; init; }

    /// <inheritdoc cref="RecurrentLayer.HasBias"/>
    [JsonRequired]
    public bool Bias { get; init; } = true;

    /// <inheritdoc cref="RecurrentLayer.SeparateBiases"/>
    public bool SeparateBiases { get; init; } = true;

    /// <inheritdoc cref="RecurrentLayer.Direction"/>
    public Direction Direction { get; init; }

    /// <inheritdoc cref="RecurrentLayer.Merge"/>
    public MergeMode Merge { get; init; }

    /// <inheritdoc cref="RecurrentLayer.KeepsReadingOrder"/>
    public bool KeepsReadingOrder { get; init; }

    /// <inheritdoc cref="RecurrentLayer.MaskedOutput"/>
    public MaskedOutput? MaskedOutput { get; init; }

    /// <inheritdoc cref="RecurrentLayer.InputDropout"/>
    public double InputDropout { get; init; }

    /// <inheritdoc cref="RecurrentLayer.RecurrentDropout"/>
    public double RecurrentDropout { get; init; }

    /// <inheritdoc cref="RecurrentLayer.WeightDropout"/>
    public double WeightDropout { get; init; }

    /// <inheritdoc cref="RecurrentLayer.HiddenZoneout"/>
    public double HiddenZoneout { get; init; }

    /// <inheritdoc cref="RecurrentLayer.NormalizesSums"/>
    public bool NormalizesSums { get; init; }

    /// <inheritdoc cref="RecurrentLayer.Epsilon"/>
    public double Epsilon { get; init; } = 1e-5;

    /// <inheritdoc cref="RecurrentLayer.ActivityPenalty"/>
    public double ActivityPenalty { get; init; }

    /// <inheritdoc cref="RecurrentLayer.TemporalPenalty"/>
    public double TemporalPenalty { get; init; }
}
