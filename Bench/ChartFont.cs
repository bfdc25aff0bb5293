using ScottPlot;

namespace MiniLstm.Bench;

/// <summary>The letters of pictures, which come with the program: there may be no font on the machine.</summary>
internal static class ChartFont
{
    private const string File = "DejaVuSans.ttf";

    static ChartFont() => Fonts.AddFontFile(Name, Path.Combine(AppContext.BaseDirectory, File));

    /// <summary>What plots know it by.</summary>
    public static string Name => "MiniLstm chart";
}
