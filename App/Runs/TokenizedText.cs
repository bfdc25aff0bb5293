using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>The parts of a text that training needs, as token ids.</summary>
/// <param name="Train">What the model learns from.</param>
/// <param name="Validation">What the best weights are chosen on.</param>
/// <param name="Unknown">The characters of the validation text that the training text does not have.</param>
internal sealed record TokenizedText(int[] Train, int[] Validation, IReadOnlyList<UnknownScalar> Unknown)
{
    /// <summary>Tokenizes a text.</summary>
    /// <param name="split">The text.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <returns>The token ids.</returns>
    /// <exception cref="DataException">There are too few characters to validate with.</exception>
    public static TokenizedText Of(TextSplit split, CharacterTokenizer tokenizer)
    {
        int[] validation = tokenizer.Encode(split.Validation, out IReadOnlyList<UnknownScalar> unknown);
        return validation.Length >= 2
            ? new(tokenizer.Encode(split.Train), validation, unknown)
            : throw new DataException(
                $"the validation part of the text has {validation.Length} characters, expected at least 2; " +
                "give a longer text");
    }
}
