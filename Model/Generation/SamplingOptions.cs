namespace MiniLstm.Model;

/// <summary>How a token is chosen from the logits of a model. Without arguments: from the model's own
/// distribution.</summary>
/// <param name="Temperature">
/// Logits are divided by it, at least 0: below 1 likely tokens become likelier, above 1 all become more alike. At 0 the
/// likeliest token is chosen, and nothing is left to chance.
/// </param>
/// <param name="TopK">Only so many of the likeliest tokens are considered, at least 1; null: all.</param>
/// <param name="TopP">
/// Of these, only the likeliest that together have this share of the probability are considered, above 0 and at most 1
/// ("nucleus sampling", Holtzman et al., 2020).
/// </param>
public sealed record SamplingOptions(double Temperature = 1, int? TopK = null, double TopP = 1);
