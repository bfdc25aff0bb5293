using System.Text;

namespace MiniLstm.Training;

/// <summary>How Keras 3 names the groups of layers in a file of weights.</summary>
internal static class KerasNames
{
    /// <summary>The name that Keras 3 gives to the group of a layer: the class in snake case, from the second one on
    /// with a number.</summary>
    /// <param name="kind">The class.</param>
    /// <param name="counts">How often each class occurred so far.</param>
    public static string Numbered(string kind, Dictionary<string, int> counts)
    {
        string snake = SnakeCase(kind);
        int number = counts.GetValueOrDefault(snake);
        counts[snake] = number + 1;
        return number == 0 ? snake : $"{snake}_{number}";
    }

    // An underscore before each capital that begins a word: SimpleRNN becomes simple_rnn, GlobalMaxPooling1D
    // global_max_pooling1d.
    private static string SnakeCase(string kind)
    {
        var text = new StringBuilder();
        for (int k = 0; k < kind.Length; k++)
        {
            bool startsWord = k > 0 && char.IsAsciiLetterUpper(kind[k])
                && (char.IsAsciiLetterLower(kind[k - 1])
                    || (k + 1 < kind.Length && char.IsAsciiLetterLower(kind[k + 1])));
            if (startsWord)
                text.Append('_');
            text.Append(char.ToLowerInvariant(kind[k]));
        }

        return text.ToString();
    }
}
