using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <content>What is measured, and what it is called.</content>
public sealed partial class Learner
{
    /// <summary>Whether more of a figure is better; of losses it is not.</summary>
    internal bool HigherIsBetter(string figure)
    {
        string name = figure.StartsWith(ValidationPrefix, StringComparison.Ordinal)
            ? figure[ValidationPrefix.Length..]
            : figure;
        return Objectives.Any(objective =>
            objective.Metrics.Any(metric => metric.HigherIsBetter && NameOf(objective, metric.Name) == name));
    }

    private void ObserveLosses(IReadOnlyList<Tensor> ofOutputs, SampleBatch batch)
    {
        if (ofOutputs.Count == 1)
            return;
        for (int k = 0; k < ofOutputs.Count; k++)
            Objectives[k].LossMean.Add(ofOutputs[k].ToScalar(), batch.Count);
    }

    private void Observe(IReadOnlyList<Flow> outputs, SampleBatch batch)
    {
        for (int k = 0; k < outputs.Count; k++)
        {
            if (Objectives[k].Metrics.Count > 0)
                Observe(Objectives[k], outputs[k], batch.Targets[k]);
        }
    }

    private static void Observe(Objective objective, Flow flow, Targets targets)
    {
        Tensor output = flow.Values;
        SequenceMask? mask = output.Shape.Rank == 3 ? flow.Mask : null;
        int columns = output.Shape.Columns;
        Samples labels = targets.InOrderOf(output);
        bool areClasses = labels.AreIds && labels.Shape.Count == output.Shape.Rows;
        int[]? classes = areClasses ? Counted(labels.Ids.ToArray(), columns: 1, mask) : null;
        double[]? values = areClasses ? null : Counted(targets.ValuesFor(output).ToArray(), columns, mask);
        double[] scores = Counted(output.ToArray(), columns, mask);
        var predictions = new Predictions(scores, columns, classes, values, objective.Loss.Folds);
        foreach (Metric metric in objective.Metrics)
            metric.Observe(predictions);
    }

    /// <summary>The rows [time, batch] that count.</summary>
    private static T[] Counted<T>(T[] rows, int columns, SequenceMask? mask)
    {
        if (mask is null)
            return rows;
        var counted = new List<T>(mask.Count * columns);
        for (int t = 0; t < mask.Steps; t++)
        {
            for (int b = 0; b < mask.Batch; b++)
            {
                if (mask[t, b])
                    counted.AddRange(rows.AsSpan((t * mask.Batch + b) * columns, columns));
            }
        }

        return [.. counted];
    }

    private void ResetMetrics()
    {
        foreach (Objective objective in Objectives)
            objective.Reset();
    }

    private OrderedDictionary<string, double> Figures(RunningMean loss)
    {
        var figures = new OrderedDictionary<string, double>();
        foreach ((string name, Func<double> value) in FiguresOf(loss))
            figures.Add(name, value());
        return figures;
    }

    // Each with how to read it.
    private IEnumerable<(string Name, Func<double> Value)> FiguresOf(RunningMean loss)
    {
        yield return (LossFigure, () => loss.Value);
        foreach (Objective objective in Objectives)
        {
            if (Objectives.Count > 1)
                yield return (NameOf(objective, LossFigure), () => objective.LossMean.Value);
            foreach (Metric metric in objective.Metrics)
                yield return (NameOf(objective, metric.Name), () => metric.Value);
        }
    }

    private string NameOf(Objective objective, string figure) =>
        Objectives.Count == 1 ? figure : $"{objective.Name}_{figure}";
}
