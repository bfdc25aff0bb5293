namespace MiniLstm.Training;

/// <summary>Two schedules that make one; what they remember stays apart in a checkpoint.</summary>
internal abstract class SchedulePair(Schedule first, Schedule second) : Schedule
{
    protected Schedule First => first;

    protected Schedule Second => second;

    /// <inheritdoc/>
    public override void Observe(double loss)
    {
        first.Observe(loss);
        second.Observe(loss);
    }

    /// <inheritdoc/>
    public override void SaveTo(IDictionary<string, double> notes)
    {
        SaveTo(notes, first, "schedule.first.");
        SaveTo(notes, second, "schedule.second.");
    }

    /// <inheritdoc/>
    public override void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        first.LoadFrom(NotesOf("schedule.first.", notes));
        second.LoadFrom(NotesOf("schedule.second.", notes));
    }

    private static void SaveTo(IDictionary<string, double> notes, Schedule schedule, string prefix)
    {
        var own = new Dictionary<string, double>();
        schedule.SaveTo(own);
        foreach ((string name, double value) in own)
            notes.Add(prefix + name, value);
    }

    private static Dictionary<string, double> NotesOf(string prefix, IReadOnlyDictionary<string, double> notes) =>
        notes.Where(note => note.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(note => note.Key[prefix.Length..], note => note.Value);
}

/// <summary>One schedule for some steps, then another one from its own beginning.</summary>
internal sealed class ScheduleSequence(Schedule first, long steps, Schedule second) : SchedulePair(first, second)
{
    private readonly long _steps = Require.AtLeast(0, steps);

    /// <inheritdoc/>
    public override double FactorAt(long step) =>
        step < _steps ? First.FactorAt(step) : Second.FactorAt(step - _steps);
}

/// <summary>The product of two schedules.</summary>
internal sealed class ScheduleProduct(Schedule first, Schedule second) : SchedulePair(first, second)
{
    /// <inheritdoc/>
    public override double FactorAt(long step) => First.FactorAt(step) * Second.FactorAt(step);
}
