using System.CommandLine;
using System.Globalization;

namespace MiniLstm.Bench;

/// <summary>Options of several commands.</summary>
internal static class CommonOptions
{
    /// <summary>The option <c>--seconds</c>: above 0.</summary>
    /// <param name="description">What it says.</param>
    /// <param name="usual">The seconds without it.</param>
    public static Option<double> Seconds(string description, double usual) => new("--seconds")
    {
        Description = description,
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, CultureInfo.InvariantCulture, out double seconds) && seconds > 0)
                return seconds;
            result.AddError($"--seconds {text}: expected a number above 0");
            return usual;
        },
    };

    /// <summary>The option <c>--threads</c>.</summary>
    public static Option<int> Threads() => Number("--threads", "How many; 0: one for each processor.", 0, minimum: 0);

    /// <summary>A whole number.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="description">What it says.</param>
    /// <param name="usual">The number without it.</param>
    /// <param name="minimum">The smallest that is allowed.</param>
    public static Option<int> Number(string name, string description, int usual, int minimum = 1) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, CultureInfo.InvariantCulture, out int number) && number >= minimum)
                return number;
            result.AddError($"{name} {text}: expected a whole number of at least {minimum}");
            return usual;
        },
    };
}
