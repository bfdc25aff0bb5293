using System.Globalization;

namespace MiniLstm.Model;

/// <summary>Prints a model as a table, as Keras does.</summary>
internal static class ModelSummary
{
    private const int BytesPerParameter = 4;

    public static string Of(Sequential model)
    {
        var plan = new ModelPlan(model.Layers, seed: 0);
        var rows = new List<Row> { new("Layer (type)", "Output shape", "Parameters") };
        FlowShape flow = model.Input;
        foreach (Layer layer in model.Layers)
        {
            int before = plan.Parameters.Count;
            flow = layer.Plan(plan, flow);
            long count = plan.Parameters.Skip(before).Sum(p => p.Shape.Count);
            rows.Add(new($"{layer.Name} ({layer.GetType().Name})", flow.ToString(), Number(count)));
        }

        List<string> lines = Table(rows);
        long total = plan.Parameters.Sum(p => p.Shape.Count);
        lines.Add($"Parameters: {Number(total)} ({Number(total * BytesPerParameter)} bytes in float32)");
        if (plan.Slots.Count > 0)
        {
            string names = string.Join(", ", plan.Slots.SelectMany(slot => slot.HasCell ? new[] { slot.HiddenName, slot.CellName } : [slot.HiddenName]));
            long values = plan.Slots.Sum(slot => (long)slot.Features + slot.CellUnits);
            lines.Add($"State: {Number(values)} values for each row of a batch ({names})");
            lines.Add("       zero at the start of an epoch, of a document and of a generated text;");
            lines.Add("       in between carried over, without gradients");
        }

        return string.Join('\n', lines) + "\n";
    }

    private static List<string> Table(List<Row> rows)
    {
        int first = rows.Max(row => row.Layer.Length);
        int second = rows.Max(row => row.Output.Length);
        int third = rows.Max(row => row.Parameters.Length);
        var lines = new List<string>();
        foreach ((string layer, string output, string parameters) in rows)
            lines.Add($"{layer.PadRight(first)}  {output.PadRight(second)}  {parameters.PadLeft(third)}");
        string rule = new('-', lines[0].Length);
        lines.Insert(1, rule);
        lines.Add(rule);
        return lines;
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private sealed record Row(string Layer, string Output, string Parameters);
}
