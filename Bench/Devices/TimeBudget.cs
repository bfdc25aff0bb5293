namespace MiniLstm.Bench;

/// <summary>Which cases are worth starting: not those of which one run would take longer than ten times the seconds that a measurement is given, even
/// at the rate of the nearest smaller one. What is smaller than all before is always started, so small cases come first.</summary>
/// <param name="seconds">What a measurement is given.</param>
internal sealed class TimeBudget(double seconds)
{
    private const double LongestRun = 10;
    private readonly List<(double Work, double Took)> _measured = [];

    /// <summary>Why a case should not be started.</summary>
    /// <param name="work">Its operations or bytes.</param>
    /// <returns>The reason; null if it may.</returns>
    public string? WhyNot(double work)
    {
        (double smaller, double took) = _measured.Where(one => one.Work <= work).OrderBy(one => one.Work).LastOrDefault((work, 0));
        double expected = work / smaller * took;
        if (expected <= LongestRun * seconds)
            return null;
        return expected < 10 ? $"one run would take {expected:F1} s" : $"one run would take {expected:N0} s";
    }

    /// <summary>Learns from a case that was measured.</summary>
    /// <param name="work">Its operations or bytes.</param>
    /// <param name="took">Seconds of one run.</param>
    public void Learn(double work, double took) => _measured.Add((work, took));
}
