using System.Diagnostics;

namespace MiniLstm.Bench;

/// <summary>Times steps, ours and the peer's alike.</summary>
internal static class StepTimes
{
    // So long .NET's compiler is at work beside the first steps.
    private const int WarmUpSteps = 5;
    private const double WarmUpSeconds = 1.5;

    /// <summary>Warms up, then times steps one by one.</summary>
    /// <param name="shape">What a step computes.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="step">One step.</param>
    public static StepFigures Measure(WorkloadShape shape, double seconds, Action step)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int k = 0; k < WarmUpSteps || Stopwatch.GetElapsedTime(begin).TotalSeconds < WarmUpSeconds; k++)
            step();
        var times = new List<double>();
        long start = Stopwatch.GetTimestamp();
        do
        {
            long before = Stopwatch.GetTimestamp();
            step();
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        times.Sort();
        double median = times[times.Count / 2];
        return new(
            shape.ToString(), median, times[0], shape.Tokens / median * 1e3, shape.FloatingPointOperations / median / 1e6,
            Process.GetCurrentProcess().PeakWorkingSet64);
    }
}
