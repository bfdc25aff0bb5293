using ScottPlot;
using ScottPlot.MultiplotLayouts;
using ScottPlot.Plottables;

namespace MiniLstm.Bench;

/// <summary>Draws how the cost of a token grows: a panel for each size, with the time, and the arithmetic at the rate of the first point: a curve
/// that stays below it grows slower than the arithmetic.</summary>
internal static class GrowthChart
{
    private const int Width = 1000;
    private const int Height = 700;

    /// <summary>Draws the curves.</summary>
    /// <param name="curves">Four of them.</param>
    /// <param name="path">The PNG file.</param>
    public static void Write(GrowthCurve[] curves, string path)
    {
        var panels = new Multiplot { Layout = new Grid(2, 2) };
        panels.AddPlots(curves.Length);
        for (int k = 0; k < curves.Length; k++)
            Draw(panels.GetPlot(k), curves[k]);
        panels.SavePng(path, Width, Height);
    }

    private static void Draw(Plot plot, GrowthCurve curve)
    {
        double[] sizes = [.. curve.Points.Select(point => (double)point.Size)];
        double[] times = [.. curve.Points.Select(point => point.MicrosecondsPerToken)];
        double rate = times[0] / curve.Points[0].MegaflopsPerToken;
        Scatter measured = plot.Add.Scatter(sizes, times);
        measured.LegendText = "measured";
        Scatter arithmetic = plot.Add.Scatter(sizes, curve.Points.Select(point => point.MegaflopsPerToken * rate).ToArray());
        arithmetic.LegendText = "as the arithmetic";
        arithmetic.MarkerSize = 0;
        plot.Font.Set(ChartFont.Name);
        plot.Title(curve.Axis);
        plot.YLabel("µs a token");
        plot.Axes.SetLimitsY(0, 1.1 * Math.Max(times.Max(), curve.Points.Max(point => point.MegaflopsPerToken) * rate));
        plot.ShowLegend(Alignment.LowerRight);
    }
}
