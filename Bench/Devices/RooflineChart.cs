using System.Globalization;
using ScottPlot;
using ScottPlot.MultiplotLayouts;
using ScottPlot.TickGenerators;

namespace MiniLstm.Bench;

/// <summary>
/// Draws for each device how fast products and layers are, by how much arithmetic they have for each byte that they must move, under the two roofs: what
/// memory can bring, and what float32 arithmetic can do. A point above the slope finds its operands in a cache; one above the level is of tensor cores.
/// </summary>
internal static class RooflineChart
{
    private const int Width = 1200;
    private const int Height = 750;
    private const float LabelSize = 11;

    // Of products, one for each precision.
    private static readonly Color[] _productColors = [Colors.C0, Colors.C2, Colors.C3];
    private static readonly PixelPadding _padding = new(left: 70, right: 20, bottom: 50, top: 40);

    /// <summary>Draws a panel for each device.</summary>
    /// <param name="devices">What was measured; at least one.</param>
    /// <param name="path">The PNG file.</param>
    public static void Write(IReadOnlyList<DeviceFigures> devices, string path)
    {
        var panels = new Multiplot { Layout = new Grid(devices.Count, 1) };
        panels.AddPlots(devices.Count);
        for (int k = 0; k < devices.Count; k++)
            Draw(panels.GetPlot(k), devices[k]);
        panels.SavePng(path, Width, devices.Count * Height);
    }

    private static void Draw(Plot plot, DeviceFigures device)
    {
        WorkFigures[] products = [.. device.Products.Where(work => work.LeftOut is null)];
        WorkFigures[] layers = [.. device.Layers.Where(work => work.LeftOut is null)];
        Coordinates[] points = [.. products.Concat(layers).Select(Place)];
        var roofs = new Coordinates(Math.Log10(device.PeakGigaflops / device.MemoryGigabytesPerSecond), Math.Log10(device.PeakGigaflops));
        AxisLimits limits = Limits([roofs, .. points]);
        plot.Axes.SetLimits(limits);

        // Below the ridge memory sets the pace: a decade of arithmetic for a decade of intensity.
        var foot = new Coordinates(limits.Left, roofs.Y - (roofs.X - limits.Left));
        var roof = plot.Add.Scatter(new[] { foot, roofs, new Coordinates(limits.Right, roofs.Y) }, Colors.Black);
        roof.MarkerSize = 0;
        roof.LegendText = $"memory {device.MemoryGigabytesPerSecond:G3} GB/s, float32 arithmetic {device.PeakGigaflops:G3} GFLOP/s";
        foreach ((int k, IGrouping<string, WorkFigures> same) in products.GroupBy(work => work.Precision).Index())
            Mark(plot, [.. same.Select(Place)], $"products, {same.Key}", _productColors[k]);
        Mark(plot, points[products.Length..], "LSTM layers", Colors.C1);
        Label(plot, limits, points, [.. products.Concat(layers).Select(work => work.Label)]);

        plot.Title($"{device.Device}: {device.Hardware}");
        plot.XLabel("operations for each byte moved");
        plot.YLabel("GFLOP/s");
        plot.Axes.Bottom.TickGenerator = Decades();
        plot.Axes.Left.TickGenerator = Decades();
        plot.Layout.Fixed(_padding);
        plot.Font.Set(ChartFont.Name);
        plot.ShowLegend(Alignment.LowerRight);
    }

    private static Coordinates Place(WorkFigures work) => new(Math.Log10(work.OperationsPerByte ?? 1), Math.Log10(work.Gigaflops ?? 1));

    // With room for labels round the points.
    private static AxisLimits Limits(Coordinates[] points) => new(
        points.Min(point => point.X) - 0.4, points.Max(point => point.X) + 0.4, points.Min(point => point.Y) - 0.4, points.Max(point => point.Y) + 0.4);

    private static void Mark(Plot plot, Coordinates[] points, string name, Color color)
    {
        var marks = plot.Add.ScatterPoints(points, color);
        marks.MarkerSize = 7;
        marks.LegendText = name;
    }

    private static void Label(Plot plot, AxisLimits limits, Coordinates[] points, string[] texts)
    {
        var area = new PixelRect(_padding.Left, Width - _padding.Right, Height - _padding.Bottom, _padding.Top);
        using Paint paint = Paint.NewDisposablePaint();
        PixelSize[] sizes = [.. texts.Select(text => new LabelStyle { FontName = ChartFont.Name, FontSize = LabelSize }.Measure(text, paint).Size)];
        PixelRect[] places = LabelPlaces.Find([.. points.Select(ToPixel)], sizes, area);
        for (int k = 0; k < texts.Length; k++)
        {
            Coordinates centre = ToCoordinates(places[k].Center);
            var text = plot.Add.Text(texts[k], centre);
            text.LabelFontName = ChartFont.Name;
            text.LabelFontSize = LabelSize;
            text.LabelAlignment = Alignment.MiddleCenter;
            var line = plot.Add.Line(points[k], ToCoordinates(Nearest(places[k], ToPixel(points[k]))));
            line.LineWidth = 0.5f;
            line.Color = Colors.Gray;
        }

        Pixel ToPixel(Coordinates at) => new(
            area.Left + (at.X - limits.Left) / limits.HorizontalSpan * area.Width, area.Bottom - (at.Y - limits.Bottom) / limits.VerticalSpan * area.Height);

        Coordinates ToCoordinates(Pixel at) => new(
            limits.Left + (at.X - area.Left) / area.Width * limits.HorizontalSpan, limits.Bottom + (area.Bottom - at.Y) / area.Height * limits.VerticalSpan);
    }

    private static Pixel Nearest(PixelRect place, Pixel to) =>
        new(Math.Clamp(to.X, place.Left, place.Right), Math.Clamp(to.Y, place.Top, place.Bottom));

    private static NumericAutomatic Decades() => new()
    {
        IntegerTicksOnly = true,
        MinorTickGenerator = new LogMinorTickGenerator(),
        LabelFormatter = exponent => Math.Pow(10, exponent).ToString("G4", CultureInfo.InvariantCulture),
    };
}
