namespace MiniLstm.Engine;

/// <summary>
/// The elements right before and after a rented view, while a pool poisons. They hold alternately a number and NaN: a write over the number
/// shows when the view returns, and a read of NaN shows in the results, even one multiplied by zero. Integers hold the number alone.
/// </summary>
internal static class GuardZone
{
    /// <summary>Elements on each side; whole cache lines, so that views stay aligned.</summary>
    public const int Length = 64;

    /// <summary>Writes both zones of a view.</summary>
    /// <param name="backend">Where the view is.</param>
    /// <param name="view">A view with room on both sides.</param>
    /// <param name="rent">The number of the rent: zones of different rents differ, so that a copy past the end shows too.</param>
    public static void Write(Backend backend, View view, long rent)
    {
        double[] content = Content(view.Buffer.Kind, rent);
        Upload(backend, After(view), content);
        Array.Reverse(content);
        Upload(backend, Before(view), content);
    }

    /// <summary>Looks whether a zone was written over.</summary>
    /// <param name="backend">Where the view is.</param>
    /// <param name="view">The view.</param>
    /// <param name="rent">The number of the rent.</param>
    /// <returns>Where, or null if both zones are as they were.</returns>
    public static string? FindDamage(Backend backend, View view, long rent)
    {
        double[] content = Content(view.Buffer.Kind, rent);
        double[] after = Download(backend, After(view));
        double[] before = Download(backend, Before(view));
        Array.Reverse(before);
        for (int i = 0; i < Length; i++)
        {
            // Equals, since NaN equals NaN by it.
            if (!after[i].Equals(content[i]))
                return $"element {i + 1} after its last";
            if (!before[i].Equals(content[i]))
                return $"element {i + 1} before its first";
        }

        return null;
    }

    private static View Before(View view) => new(view.Buffer, view.Offset - Length, [Length]);

    private static View After(View view) => new(view.Buffer, view.Offset + view.Count, [Length]);

    // By distance from the view. The numbers are exact in float32, and no index of any table under test.
    private static double[] Content(ElementKind kind, long rent)
    {
        double mark = 1_000_000 + rent % 1000;
        double[] content = new double[Length];
        for (int i = 0; i < Length; i++)
            content[i] = i % 2 == 0 || kind == ElementKind.Int32 ? mark : double.NaN;
        return content;
    }

    private static void Upload(Backend backend, View zone, double[] content)
    {
        if (zone.Buffer.Kind == ElementKind.Int32)
            backend.Upload(zone, Array.ConvertAll(content, x => (int)x));
        else
            backend.Upload(zone, content);
    }

    private static double[] Download(Backend backend, View zone)
    {
        double[] content = new double[Length];
        if (zone.Buffer.Kind == ElementKind.Int32)
        {
            int[] integers = new int[Length];
            backend.Download(zone, integers);
            return Array.ConvertAll(integers, x => (double)x);
        }

        backend.Download(zone, content);
        return content;
    }
}
