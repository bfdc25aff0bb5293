using SkiaSharp;

namespace MiniLstm.Tests;

/// <summary>That loss.png has labels on a machine without fonts: its font lies beside the program and has every letter
/// that they need.</summary>
public sealed class ChartFontTests
{
    [Test]
    public void Font_HasEveryLetterOfTheChart()
    {
        using SKTypeface font = SKTypeface.FromFile(Path.Combine(AppContext.BaseDirectory, "DejaVuSans.ttf"));
        Assert.That(font.FamilyName, Is.EqualTo("DejaVu Sans"));
        Assert.That(
            font.ContainsGlyphs("Loss step nats bits per character training, smoothed validation 0123456789.-\u2212"),
            Is.True);
    }
}
