using ScottPlot;

namespace MiniLstm.Bench;

/// <summary>Where the labels of points go in a picture, so that none hides another or a point: as near as there is room.</summary>
internal static class LabelPlaces
{
    private const float Nearest = 7;
    private const float Step = 8;
    private const int Rings = 40;
    private const float PointRadius = 6;

    // Right, left, above, below, and between them.
    private static readonly (float X, float Y)[] _directions =
        [(1, 0), (-1, 0), (0, -1), (0, 1), (0.7f, -0.7f), (-0.7f, -0.7f), (0.7f, 0.7f), (-0.7f, 0.7f)];

    /// <summary>Finds places, for one label after the other.</summary>
    /// <param name="points">The points, in pixels from the upper left corner.</param>
    /// <param name="sizes">The sizes of their labels.</param>
    /// <param name="area">What labels may not leave.</param>
    /// <returns>A place for each label; without room anywhere, right of its point.</returns>
    public static PixelRect[] Find(IReadOnlyList<Pixel> points, IReadOnlyList<PixelSize> sizes, PixelRect area)
    {
        List<PixelRect> taken = [.. points.Select(point => new PixelRect(point, PointRadius))];
        var places = new PixelRect[points.Count];
        for (int k = 0; k < places.Length; k++)
        {
            places[k] = Candidates(points[k], sizes[k])
                .Where(place => place.Left >= area.Left && place.Right <= area.Right && place.Top >= area.Top && place.Bottom <= area.Bottom)
                .Where(place => !taken.Exists(other => Overlap(place, other)))
                .FirstOrDefault(Candidates(points[k], sizes[k]).First());
            taken.Add(places[k]);
        }

        return places;
    }

    private static IEnumerable<PixelRect> Candidates(Pixel point, PixelSize size)
    {
        for (int ring = 0; ring < Rings; ring++)
        {
            foreach ((float x, float y) in _directions)
            {
                float distance = Nearest + ring * Step;
                float left = point.X + x * distance + (x > 0 ? 0 : x < 0 ? -size.Width : -size.Width / 2);
                float top = point.Y + y * distance + (y > 0 ? 0 : y < 0 ? -size.Height : -size.Height / 2);
                yield return new(left, left + size.Width, top + size.Height, top);
            }
        }
    }

    private static bool Overlap(PixelRect a, PixelRect b) => a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
