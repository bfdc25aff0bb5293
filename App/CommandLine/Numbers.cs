using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace MiniLstm.App;

/// <summary>Options whose value is a number or one of a few words. Each says in one line what it expects; without it
/// the value is null.</summary>
internal static class Numbers
{
    /// <summary>A whole number.</summary>
    public static Option<int?> Integer(string name, string description, int minimum, int maximum = int.MaxValue) =>
        Number(name, "N", description, NumberStyles.None, minimum, maximum);

    /// <summary>A whole number that may be large.</summary>
    public static Option<long?> Long(string name, string description, long minimum, long maximum) =>
        Number(name, "N", description, NumberStyles.None, minimum, maximum);

    /// <summary>A seed.</summary>
    public static Option<ulong?> Seed(string description) =>
        Number("--seed", "N", description, NumberStyles.None, ulong.MinValue, ulong.MaxValue);

    /// <summary>A number with a decimal point, whatever the language of the machine.</summary>
    public static Option<double?> Real(string name, string description, double minimum, double maximum) =>
        Number(name, "X", description, NumberStyles.Float, minimum, maximum);

    /// <summary>One of a few words.</summary>
    public static Option<string?> Choice(string name, string helpName, string description, params string[] choices) =>
        Choice(name, helpName, description, string.Join(", ", choices), choices.Contains);

    /// <summary>One of some words that are described.</summary>
    public static Option<string?> Choice(string name, string helpName, string description, string choices, Predicate<string> isChoice) =>
        new(name)
        {
            HelpName = helpName,
            Description = $"{description}: {choices}",
            CustomParser = result => isChoice(Text(result))
                ? Text(result)
                : Refuse<string>(result, $"{name} '{Text(result)}': expected one of {choices}"),
        };

    private static Option<T?> Number<T>(
        string name, string helpName, string description, NumberStyles style, T minimum, T maximum)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        string range = maximum == T.MaxValue
            ? $"a number of at least {Plain(minimum)}"
            : $"a number from {Plain(minimum)} to {Plain(maximum)}";
        return new(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result =>
            {
                // Only where the number may be left out; elsewhere that is an error of its own.
                if (result.Tokens.Count == 0)
                    return null;
                bool isNumber = T.TryParse(Text(result), style, CultureInfo.InvariantCulture, out T value);
                if (isNumber && value >= minimum && value <= maximum)
                    return value;
                Refuse<string>(result, $"{name} '{Text(result)}': expected {range}");
                return null;
            },
        };
    }

    private static string Plain<T>(T number)
        where T : INumber<T> => number.ToString("0.##########", CultureInfo.InvariantCulture);

    private static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";

    // A value that is refused here, in the parser, never reaches a validator, which could not read it.
    private static T? Refuse<T>(ArgumentResult result, string message)
        where T : class
    {
        result.AddError(message);
        return null;
    }
}
