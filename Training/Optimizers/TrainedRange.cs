using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>Consecutive rows of a store that one group of parameters takes, and where their moments are.</summary>
/// <param name="Group">The group.</param>
/// <param name="Row">The first row of <see cref="ParameterStore.Values"/>.</param>
/// <param name="MomentRow">The first row of each moment: frozen parameters have none.</param>
/// <param name="Rows">How many rows.</param>
internal sealed record TrainedRange(ParameterGroup Group, int Row, int MomentRow, int Rows)
{
    private static readonly ParameterGroup _others = new(_ => true);

    /// <summary>The parameters that are learnt, in order, each with its range.</summary>
    public static IReadOnlyList<(Parameter Parameter, TrainedRange Range)> Of(
        ParameterStore parameters, IReadOnlyList<ParameterGroup> groups)
    {
        foreach (string layer in groups.SelectMany(group => group.Layers))
        {
            if (!parameters.All.Any(parameter => ParameterGroup.IsOf(layer, parameter)))
                throw new ArgumentException(
                    $"Over: a group names layer '{layer}', which has no parameter; there are " +
                    string.Join(", ", parameters.All.Select(parameter => parameter.Name)));
        }

        List<(Parameter, TrainedRange)> trained = [];
        int width = parameters.Values.Columns;
        int momentRow = 0;
        foreach (Parameter parameter in parameters.All)
        {
            if (!parameter.IsTrainable)
                continue;
            ParameterGroup group = groups.FirstOrDefault(group => group.Contains(parameter)) ?? _others;
            int row = (int)((parameter.View.Offset - parameters.Values.Offset) / width);
            int rows = (int)((parameter.View.Count + width - 1) / width);
            trained.Add((parameter, new(group, row, momentRow, rows)));
            momentRow += rows;
        }

        return trained.Count > 0 ? trained : throw new ArgumentException("Over: every parameter is frozen");
    }

    /// <summary>The same ranges, neighbours of one group put together, so that a step takes few calls.</summary>
    public static IReadOnlyList<TrainedRange> Merge(IEnumerable<TrainedRange> ranges)
    {
        List<TrainedRange> merged = [];
        foreach (TrainedRange range in ranges)
        {
            TrainedRange? last = merged.LastOrDefault();
            if (last is not null && last.Group == range.Group && last.Row + last.Rows == range.Row)
                merged[^1] = last with { Rows = last.Rows + range.Rows };
            else
                merged.Add(range);
        }

        return merged;
    }
}

/// <summary>What one update reads and writes.</summary>
/// <param name="Group">Whose numbers count.</param>
/// <param name="Weights">The weights.</param>
/// <param name="Gradients">Their gradients.</param>
/// <param name="Moments">Their moments.</param>
internal readonly record struct RangeUpdate(ParameterGroup Group, View Weights, View Gradients, Moments Moments);
