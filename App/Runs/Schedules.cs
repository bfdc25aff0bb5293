using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>The learning-rate schedules that <c>train --schedule</c> knows.</summary>
internal static class Schedules
{
    public const string Constant = "constant";
    public const string Step = "step";
    public const string Cosine = "cosine";
    public const string Plateau = "plateau";

    private const long LongestWarmUp = 200;

    public static string[] All { get; } = [Constant, Step, Cosine, Plateau];

    /// <summary>Makes a schedule. It must stay the same for the same arguments: resumed runs depend on it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="steps">The steps of the whole run.</param>
    /// <returns>
    /// The same rate throughout; half of it after each quarter of the run; a warm-up over a twentieth of the run, then
    /// half a cosine down to zero; or half of it whenever three validations brought no improvement.
    /// </returns>
    public static Schedule Create(string name, long steps) => name switch
    {
        Constant => Schedule.Constant,
        Step => new StepDecay(every: Math.Max(1, steps / 4), factor: 0.5),
        Cosine => new CosineDecay(steps, warmUpSteps: Math.Min(steps / 20, LongestWarmUp)),
        Plateau => new ReduceOnPlateau(factor: 0.5, patience: 3),
        _ => throw new ArgumentException($"schedule '{name}', expected one of {string.Join(", ", All)}", nameof(name)),
    };
}
