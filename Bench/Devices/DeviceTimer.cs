using System.Diagnostics;
using MiniLstm.Engine;

namespace MiniLstm.Bench;

/// <summary>Takes the time of what a device does, which goes on while the host is already further: calls in batches, at the end of each one value is
/// downloaded, for which everything before must be finished.</summary>
internal sealed class DeviceTimer : IDisposable
{
    private const int Batches = 10;

    private readonly Backend _device;
    private readonly double _seconds;
    private readonly View _value;

    /// <summary>Prepares.</summary>
    /// <param name="device">The device.</param>
    /// <param name="seconds">How long to measure.</param>
    public DeviceTimer(Backend device, double seconds)
    {
        _device = device;
        _seconds = seconds;
        _value = device.Pool.Rent([1], "one value");
        device.Fill(_value, 0);
    }

    /// <summary>The median over the batches of the time of one call. The first call, in which kernels are compiled, does not count.</summary>
    /// <param name="once">The call.</param>
    /// <returns>Seconds; of a single call if that takes longer than there is time.</returns>
    public double Seconds(Action once)
    {
        SecondsOfOne(once, 1);
        double one = SecondsOfOne(once, 1);
        if (one > _seconds)
            return one;
        int calls = (int)Math.Max(1, _seconds / Batches / one);
        var times = new List<double>();
        long start = Stopwatch.GetTimestamp();
        do
        {
            times.Add(SecondsOfOne(once, calls));
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < _seconds);
        return Statistics.Median(times);
    }

    /// <summary>The smallest piece of work that there is.</summary>
    public void Launch() => _device.Fill(_value, 0);

    /// <summary>Likewise, and its result is downloaded.</summary>
    public void LaunchAndWait()
    {
        Launch();
        Synchronize();
    }

    public void Dispose() => _device.Pool.Return(_value);

    private void Synchronize() => _device.Download(_value, stackalloc float[1]);

    private double SecondsOfOne(Action once, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int k = 0; k < calls; k++)
            once();
        Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }
}
