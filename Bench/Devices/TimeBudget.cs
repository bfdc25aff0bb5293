namespace MiniLstm.Bench;

/// <summary>Which cases are worth starting: not those of which one run would take longer than ten times the seconds that a measurement is given, even
/// at the best rate that earlier ones reached. Small cases come first.</summary>
/// <param name="seconds">What a measurement is given.</param>
internal sealed class TimeBudget(double seconds)
{
    private const double LongestRun = 10;
    private double _bestRate = double.PositiveInfinity;

    /// <summary>Why a case should not be started.</summary>
    /// <param name="work">Its operations or bytes.</param>
    /// <returns>The reason; null if it may.</returns>
    public string? WhyNot(double work)
    {
        double expected = work / _bestRate;
        if (expected <= LongestRun * seconds)
            return null;
        return expected < 10 ? $"one run would take {expected:F1} s" : $"one run would take {expected:N0} s";
    }

    /// <summary>Learns from a case that was measured.</summary>
    /// <param name="work">Its operations or bytes.</param>
    /// <param name="took">Seconds of one run.</param>
    public void Learn(double work, double took)
    {
        double rate = work / took;
        _bestRate = double.IsInfinity(_bestRate) ? rate : Math.Max(_bestRate, rate);
    }
}
