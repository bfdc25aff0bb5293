using MiniLstm.Model;
using MiniLstm.Training;
using ScottPlot;
using ScottPlot.Plottables;

namespace MiniLstm.App;

/// <summary>Draws the losses of a run into a PNG file, after each validation and at the end.</summary>
/// <remarks>The letters come from a font file beside the program: on a machine without fonts, the plotting library
/// would leave all labels out and say nothing.</remarks>
/// <param name="history">The losses; it is told before the chart.</param>
/// <param name="path">The file.</param>
internal sealed class LossChart(RunHistory history, string path) : TrainingCallback
{
    private const int Width = 900;
    private const int Height = 500;
    private const string FontName = "MiniLstm chart";
    private const string FontFile = "DejaVuSans.ttf";

    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report) => Draw();

    public override void OnEnd(LanguageModelTrainer trainer, TrainingResult result) => Draw();

    private void Draw()
    {
        if (history.Training.Count + history.Validation.Count == 0)
            return;
        byte[] image = Chart().GetImageBytes(Width, Height, ImageFormat.Png);
        AtomicFile.Write(path, file => file.Write(image));
    }

    private Plot Chart()
    {
        Fonts.AddFontFile(FontName, Path.Combine(AppContext.BaseDirectory, FontFile));
        var plot = new Plot();
        plot.Font.Set(FontName);
        plot.Title("Loss");
        plot.XLabel("step");
        plot.YLabel("nats per character");
        plot.Axes.Right.Label.Text = "bits per character";

        Scatter training = Add(plot, history.Training, "training, smoothed");
        training.MarkerSize = 0;
        Add(plot, history.Validation, "validation");
        plot.ShowLegend(Alignment.UpperRight);

        // The right axis shows the same curves in another unit.
        plot.Axes.AutoScale();
        AxisLimits limits = plot.Axes.GetLimits();
        plot.Axes.SetLimitsY(limits.Bottom / Math.Log(2), limits.Top / Math.Log(2), plot.Axes.Right);
        return plot;
    }

    private static Scatter Add(Plot plot, IReadOnlyList<LossPoint> points, string name)
    {
        Scatter curve = plot.Add.Scatter(
            points.Select(point => (double)point.Step).ToArray(), points.Select(point => point.Loss).ToArray());
        curve.LegendText = name;
        curve.LineWidth = 2;
        return curve;
    }
}
