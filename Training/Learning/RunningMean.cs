namespace MiniLstm.Training;

/// <summary>A mean in which each sample counts once.</summary>
internal sealed class RunningMean
{
    private double _sum;
    private long _count;

    public double Value => _sum / _count;

    public void Add(double loss, int count)
    {
        _sum += loss * count;
        _count += count;
    }
}
