namespace MiniLstm.Engine;

/// <content>Element by element.</content>
public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Scale(View to, double scale, View x, bool add)
    {
        Span<double> target = Reals(to);
        Span<double> source = Reals(x);
        for (int i = 0; i < target.Length; i++)
            Put(ref target[i], scale * source[i], add);
    }

    /// <inheritdoc/>
    public override void Combine<TCombination>(View to, View a, View b, Broadcast broadcast, bool add)
    {
        Span<double> target = Reals(to);
        Span<double> left = Reals(a);
        Span<double> right = Reals(b);
        int columns = a.Columns;
        for (int i = 0; i < target.Length; i++)
        {
            int j = broadcast switch
            {
                Broadcast.Row => i % columns,
                Broadcast.Column => i / columns,
                Broadcast.Scalar => 0,
                _ => i,
            };
            F64 value = TCombination.Value(new F64(left[i]), new F64(right[j]));
            Put(ref target[i], value.Value, add);
        }
    }

    /// <inheritdoc/>
    public override void Map<TMap>(View y, View x)
    {
        Span<double> target = Reals(y);
        Span<double> source = Reals(x);
        for (int i = 0; i < target.Length; i++)
            target[i] = TMap.Value(new F64(source[i])).Value;
    }

    /// <inheritdoc/>
    public override void MapSlope<TMap>(View dx, View x, View y, View dy, bool add)
    {
        Span<double> target = Reals(dx);
        Span<double> argument = Reals(x);
        Span<double> result = Reals(y);
        Span<double> gradient = Reals(dy);
        for (int i = 0; i < target.Length; i++)
        {
            F64 slope = TMap.Slope(new F64(argument[i]), new F64(result[i]));
            Put(ref target[i], slope.Value * gradient[i], add);
        }
    }

    /// <inheritdoc/>
    public override void Select(View to, View mask, View set, View unset, bool add)
    {
        Span<double> target = Reals(to);
        Span<int> marks = Integers(mask);
        int elementsForEachMark = target.Length / marks.Length;
        for (int i = 0; i < target.Length; i++)
        {
            View chosen = marks[i / elementsForEachMark] != 0 ? set : unset;
            double value = chosen.Exists ? Reals(chosen)[i] : 0;
            Put(ref target[i], value, add);
        }
    }

    /// <inheritdoc/>
    public override void Dropout(View to, View x, double probability, RandomRange range, bool add)
    {
        Span<double> target = Reals(to);
        Span<double> source = Reals(x);
        for (int i = 0; i < target.Length; i++)
        {
            bool stays = range.Uniform(i) >= probability;
            Put(ref target[i], stays ? source[i] / (1 - probability) : 0, add);
        }
    }

    /// <inheritdoc/>
    public override void Draw(View to, double probability, RandomRange range)
    {
        Span<double> target = Reals(to);
        for (int i = 0; i < target.Length; i++)
            target[i] = range.Uniform(i) < probability ? 1 : 0;
    }
}
