namespace MiniLstm.Model;

/// <summary>What text to generate.</summary>
/// <param name="Length">The most tokens to generate, at least 0; those of the prompt do not count.</param>
/// <param name="Sampling">How each of them is chosen.</param>
/// <param name="Seed">The seed of chance: the same model, prompt, options and seed give the same text.</param>
/// <param name="StopText">Ends the text as soon as it would contain this, which is left out; null: only the length ends
/// it.</param>
public sealed record GenerationOptions(int Length, SamplingOptions Sampling, ulong Seed, string? StopText = null);
