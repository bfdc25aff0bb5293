using System.Runtime.CompilerServices;

namespace MiniLstm.Engine;

/// <content>Element by element.</content>
internal sealed unsafe partial class HostBackend<TLanes>
{
    public override void Scale(View to, double scale, View x, bool add)
    {
        float* destination = Destination(to);
        float* source = Reals(x);
        float factor = (float)scale;
        Split(to.Count, (start, count) =>
            Loop<Scaling>(destination + start, source + start, source + start, source + start, factor, count, add));
    }

    public override void Map<TMap>(View y, View x)
    {
        float* destination = Destination(y);
        float* source = Reals(x);
        Split(y.Count, (start, count) =>
            Loop<MapValue<TMap>>(destination + start, source + start, source + start, source + start, 0, count, add: false));
    }

    public override void MapSlope<TMap>(View dx, View x, View y, View dy, bool add)
    {
        float* destination = Destination(dx);
        float* argument = Reals(x);
        float* value = Reals(y);
        float* gradient = Reals(dy);
        Split(dx.Count, (start, count) =>
            Loop<MapGradient<TMap>>(destination + start, argument + start, value + start, gradient + start, 0, count, add));
    }

    public override void Combine<TCombination>(View to, View a, View b, Broadcast broadcast, bool add)
    {
        float* destination = Destination(to);
        float* left = Reals(a);
        float* right = Reals(b);
        int columns = a.Columns;
        switch (broadcast)
        {
            case Broadcast.None:
                Split(to.Count, (start, count) => Loop<Pair<TCombination>>(
                    destination + start, left + start, right + start, left + start, 0, count, add));
                break;
            case Broadcast.Row:
                SplitRows(a.Rows, columns, (start, count) =>
                {
                    for (long row = start; row < start + count; row++)
                    {
                        float* x = left + row * columns;
                        Loop<Pair<TCombination>>(destination + row * columns, x, right, x, 0, columns, add);
                    }
                });
                break;
            case Broadcast.Column:
                SplitRows(a.Rows, columns, (start, count) =>
                {
                    for (long row = start; row < start + count; row++)
                    {
                        float* x = left + row * columns;
                        Loop<WithScalar<TCombination>>(destination + row * columns, x, x, x, right[row], columns, add);
                    }
                });
                break;
            default:
                Split(to.Count, (start, count) => Loop<WithScalar<TCombination>>(
                    destination + start, left + start, left + start, left + start, *right, count, add));
                break;
        }
    }

    public override void Select(View to, View mask, View set, View unset, bool add)
    {
        float* destination = Destination(to);
        int* choice = Integers(mask);
        float* ifSet = Reals(set);
        float* ifUnset = Reals(unset);
        long perEntry = to.Count / mask.Count;
        Split(to.Count, (start, count) =>
        {
            for (long k = start; k < start + count; k++)
            {
                float* source = choice[k / perEntry] != 0 ? ifSet : ifUnset;
                float value = source is null ? 0 : source[k];
                destination[k] = add ? destination[k] + value : value;
            }
        });
    }

    public override void Dropout(View to, View x, double probability, RandomRange range, bool add)
    {
        float* destination = Destination(to);
        var words = new DroppedWords(destination, Reals(x), (float)(1 / (1 - probability)), Philox.Threshold(probability), add);
        Split(to.Count, (start, count) => ForEachWord(words, range, start, count));
    }

    public override void Draw(View to, double probability, RandomRange range)
    {
        var words = new DrawnWords(Destination(to), Philox.Threshold(probability));
        Split(to.Count, (start, count) => ForEachWord(words, range, start, count));
    }

    private static void ForEachWord<TWords>(TWords words, RandomRange range, long start, long count)
        where TWords : struct, IWords
    {
        for (long k = start; k < start + count; k += 4)
        {
            (uint first, uint second, uint third, uint fourth) =
                Philox.Block(range.Seed, range.Stream, (range.Offset + (ulong)k) / 4);
            long left = start + count - k;
            words.Take(k, first);
            if (left > 1)
                words.Take(k + 1, second);
            if (left > 2)
                words.Take(k + 2, third);
            if (left > 3)
                words.Take(k + 3, fourth);
        }
    }

    /// <summary>What becomes of a random word.</summary>
    private interface IWords
    {
        void Take(long k, uint word);
    }

    private readonly struct DroppedWords(float* to, float* x, float scale, uint threshold, bool add) : IWords
    {
        public void Take(long k, uint word)
        {
            float value = word >> 8 >= threshold ? x[k] * scale : 0;
            to[k] = add ? to[k] + value : value;
        }
    }

    private readonly struct DrawnWords(float* to, uint threshold) : IWords
    {
        public void Take(long k, uint word) => to[k] = word >> 8 < threshold ? 1 : 0;
    }

    /// <summary>What happens to each element of up to three operands.</summary>
    private interface IPointwise
    {
        static abstract TLanes Apply(TLanes x, TLanes y, TLanes z, TLanes scalar);
    }

    private readonly struct Scaling : IPointwise
    {
        [MethodImpl(Inline)]
        public static TLanes Apply(TLanes x, TLanes y, TLanes z, TLanes scalar) => x * scalar;
    }

    private readonly struct MapValue<TMap> : IPointwise
        where TMap : struct, IMap
    {
        [MethodImpl(Inline)]
        public static TLanes Apply(TLanes x, TLanes y, TLanes z, TLanes scalar) => TMap.Value(x);
    }

    private readonly struct MapGradient<TMap> : IPointwise
        where TMap : struct, IMap
    {
        [MethodImpl(Inline)]
        public static TLanes Apply(TLanes x, TLanes y, TLanes z, TLanes scalar) => TMap.Slope(x, y) * z;
    }

    private readonly struct Pair<TCombination> : IPointwise
        where TCombination : struct, ICombination
    {
        [MethodImpl(Inline)]
        public static TLanes Apply(TLanes x, TLanes y, TLanes z, TLanes scalar) => TCombination.Value(x, y);
    }

    private readonly struct WithScalar<TCombination> : IPointwise
        where TCombination : struct, ICombination
    {
        [MethodImpl(Inline)]
        public static TLanes Apply(TLanes x, TLanes y, TLanes z, TLanes scalar) => TCombination.Value(x, scalar);
    }

    // The one driver of everything that is pointwise; operands that a function does not read are not loaded.
    [MethodImpl(Hot)]
    private static void Loop<TFunction>(float* to, float* x, float* y, float* z, float scalar, long count, bool add)
        where TFunction : struct, IPointwise
    {
        TLanes constant = TLanes.Broadcast(scalar);
        for (long k = 0; k < count; k += Width)
        {
            long left = count - k;
            TLanes value = TFunction.Apply(
                LaneReduction.Load<TLanes>(x + k, left),
                LaneReduction.Load<TLanes>(y + k, left),
                LaneReduction.Load<TLanes>(z + k, left),
                constant);
            if (add)
                value = LaneReduction.Load<TLanes>(to + k, left) + value;
            LaneReduction.Store(value, to + k, left);
        }
    }
}
