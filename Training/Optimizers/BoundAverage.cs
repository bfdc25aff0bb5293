using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>A <see cref="WeightAverage"/> at work on one store: owns the average.</summary>
internal sealed class BoundAverage : IDisposable
{
    private readonly WeightAverage _rule;
    private readonly ParameterStore _parameters;
    private readonly NonMonotoneTrigger? _trigger;
    private readonly View _values;

    public BoundAverage(WeightAverage rule, ParameterStore parameters)
    {
        _rule = rule;
        _parameters = parameters;
        _trigger = rule.Interval is { } interval ? new(interval) : null;
        _values = Backend.Pool.Rent(parameters.Values.Shape, "average of the weights");
        Backend.Copy(_values, parameters.Values);
    }

    /// <summary>Whether the average is where the weights belong, and they where it belongs.</summary>
    public bool IsInUse { get; private set; }

    private Backend Backend => _parameters.Backend;

    /// <summary>The average of one parameter.</summary>
    public View Of(Parameter parameter)
    {
        long offset = parameter.View.Offset - _parameters.Values.Offset;
        return new(_values.Buffer, _values.Offset + offset, parameter.Shape);
    }

    /// <summary>Takes the weights after a step into account, unless a step has failed.</summary>
    public void Follow(long step, View status)
    {
        var rule = new AveragingRule(_rule.ShareOf(step, _trigger?.Start));
        Backend.Update(_values, _parameters.Values, default, rule, status, GradientLimit.None);
    }

    public void Observe(double loss, long step) => _trigger?.Observe(loss, step);

    /// <summary>Exchanges weights and average; twice, and all is as it was.</summary>
    public void Exchange()
    {
        View weights = _parameters.Values;
        using Scratch kept = Backend.Pool.Scratch(weights.Shape, "weights while their average takes their place");
        Backend.Copy(kept.View, weights);
        Backend.Copy(weights, _values);
        Backend.Copy(_values, kept.View);
        weights.Buffer.MarkChanged();
        IsInUse = !IsInUse;
    }

    public void SaveTo(IDictionary<string, double> notes) => _trigger?.SaveTo(notes);

    public void LoadFrom(IReadOnlyDictionary<string, double> notes) => _trigger?.LoadFrom(notes);

    /// <summary>Returns the memory, once the weights are where they belong.</summary>
    public void Dispose()
    {
        if (IsInUse)
            Exchange();
        Backend.Pool.Return(_values);
    }
}
