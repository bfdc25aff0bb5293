using System.Runtime.Intrinsics;
using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>Chooses tokens from logits.</summary>
/// <remarks>
/// <code>
/// p(id) = exp(logit(id) / temperature) / sum over the considered ids
/// </code>
/// Temperature comes first, then top-k, then top-p, as in most programs. Of equally likely tokens the one with the
/// lower id is considered first. Each choice takes one random number; the same seed gives the same choices. Memory is
/// reused from choice to choice.
/// </remarks>
public sealed class Sampler
{
    // So many of the likeliest are found in one pass, mostly all that top-k and top-p want; for more, all are sorted.
    private const int Few = 128;

    private readonly SamplingOptions _options;
    private readonly RandomStream _random;
    private readonly Comparison<int> _likelierFirst;
    private double[] _weights = [];
    private double[] _kept = [];
    private int[] _order = [];

    /// <summary>Makes a sampler.</summary>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public Sampler(SamplingOptions options, RandomStream random)
    {
        if (!(options.Temperature >= 0 && double.IsFinite(options.Temperature)))
            throw OutOfRange(nameof(options.Temperature), options.Temperature, "a number of at least 0");
        if (options.TopK < 1)
            throw OutOfRange(nameof(options.TopK), options.TopK, "at least 1");
        if (!(options.TopP > 0 && options.TopP <= 1))
            throw OutOfRange(nameof(options.TopP), options.TopP, "above 0 and at most 1");

        _options = options;
        _random = random;
        _likelierFirst = CompareLikelierFirst;
    }

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">[vocabulary]; negative infinity: never this one.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ArgumentException">A logit is NaN or positive infinity, or none is finite.</exception>
    public int Next(ReadOnlySpan<double> logits)
    {
        double left = Weigh(logits) * _random.NextUniform();
        int chosen = -1;
        for (int id = 0; id < logits.Length && left >= 0; id++)
        {
            // The last possible one stays chosen where rounding leaves a rest.
            if (_weights[id] > 0)
                chosen = id;
            left -= _weights[id];
        }

        return chosen;
    }

    /// <summary>The distribution that <see cref="Next"/> draws from; linear in the vocabulary, or n log n where top-k or top-p keep more than a
    /// hundred.</summary>
    /// <param name="logits">[vocabulary]; negative infinity: never this one.</param>
    /// <returns>[vocabulary], with the sum 1; valid until the next call.</returns>
    /// <exception cref="ArgumentException">A logit is NaN or positive infinity, or none is finite.</exception>
    public ReadOnlySpan<double> Probabilities(ReadOnlySpan<double> logits)
    {
        double total = Weigh(logits);
        foreach (ref double weight in _weights.AsSpan())
            weight /= total;
        return _weights;
    }

    // Weights in proportion to the probabilities, and their sum.
    private double Weigh(ReadOnlySpan<double> logits)
    {
        if (_weights.Length != logits.Length)
        {
            _weights = new double[logits.Length];
            _order = new int[logits.Length];
            _kept = new double[logits.Length];
        }

        double greatest = Greatest(logits);
        if (_options.Temperature == 0)
        {
            _weights.AsSpan().Clear();
            _weights[logits.IndexOf(greatest)] = 1;
            return 1;
        }

        double total = Exponentials(logits, greatest, _options.Temperature, _weights);
        if (_options.TopK is { } most && most < logits.Length)
            total = Keep(LikeliestFirst(most));
        if (_options.TopP < 1)
            total = Keep(LikeliestOf(_options.TopP * total));
        return total;
    }

    private static double Greatest(ReadOnlySpan<double> logits)
    {
        double greatest = double.NegativeInfinity;
        for (int id = 0; id < logits.Length; id++)
        {
            // False for NaN and positive infinity.
            if (!(logits[id] < double.PositiveInfinity))
                throw new ArgumentException(
                    $"Sampler: the logit of id {id} is {logits[id]}, expected a finite number", nameof(logits));
            if (logits[id] > greatest)
                greatest = logits[id];
        }

        return double.IsFinite(greatest)
            ? greatest
            : throw new ArgumentException(
                $"Sampler: {logits.Length} logits, expected at least one finite number", nameof(logits));
    }

    // e^((logit - greatest) / temperature) for each logit, and the sum: eight at a time, which is ten times as fast with a large vocabulary, and
    // eight on all machines, so that all sum in one order.
    private static double Exponentials(ReadOnlySpan<double> logits, double greatest, double temperature, Span<double> to)
    {
        int width = Vector512<double>.Count;
        Vector512<double> origin = Vector512.Create(greatest);
        Vector512<double> divisor = Vector512.Create(temperature);
        Vector512<double> sums = default;
        int id = 0;
        for (; id <= logits.Length - width; id += width)
        {
            Vector512<double> weights = Vector512.Exp((Vector512.Create(logits[id..]) - origin) / divisor);
            weights.CopyTo(to[id..]);
            sums += weights;
        }

        if (id < logits.Length)
        {
            Span<double> rest = stackalloc double[width];
            rest.Fill(double.NegativeInfinity);
            logits[id..].CopyTo(rest);
            Vector512<double> weights = Vector512.Exp((Vector512.Create<double>(rest) - origin) / divisor);
            weights.CopyTo(rest);
            rest[..(logits.Length - id)].CopyTo(to[id..]);
            sums += weights;
        }

        return Vector512.Sum(sums);
    }

    // The likeliest that together have a share of the weight.
    private ReadOnlySpan<int> LikeliestOf(double share)
    {
        int wanted = Math.Min(Few, _order.Length);
        while (true)
        {
            ReadOnlySpan<int> likeliest = LikeliestFirst(wanted);
            double sum = 0;
            int kept = 0;
            while (kept < wanted && sum < share)
                sum += _weights[likeliest[kept++]];
            if (sum >= share || wanted == _order.Length)
                return likeliest[..kept];
            wanted = _order.Length;
        }
    }

    // Some of the likeliest, in order.
    private ReadOnlySpan<int> LikeliestFirst(int count)
    {
        if (count > Few)
        {
            for (int k = 0; k < _order.Length; k++)
                _order[k] = k;
            _order.AsSpan().Sort(_likelierFirst);
            return _order.AsSpan(0, count);
        }

        // Into a list of the likeliest so far, which few enter; of equally likely ones those that came first stay before.
        int found = 0;
        for (int id = 0; id < _weights.Length; id++)
        {
            if (found == count && _weights[id] <= _weights[_order[count - 1]])
                continue;
            int place = found < count ? found++ : count - 1;
            for (; place > 0 && _weights[_order[place - 1]] < _weights[id]; place--)
                _order[place] = _order[place - 1];
            _order[place] = id;
        }

        return _order.AsSpan(0, found);
    }

    // Forgets all others; returns the sum that is left.
    private double Keep(ReadOnlySpan<int> ids)
    {
        double sum = 0;
        for (int k = 0; k < ids.Length; k++)
        {
            _kept[k] = _weights[ids[k]];
            sum += _kept[k];
        }

        _weights.AsSpan().Clear();
        for (int k = 0; k < ids.Length; k++)
            _weights[ids[k]] = _kept[k];
        return sum;
    }

    private int CompareLikelierFirst(int a, int b)
    {
        int order = _weights[b].CompareTo(_weights[a]);
        return order != 0 ? order : a.CompareTo(b);
    }

    private static ArgumentOutOfRangeException OutOfRange(string name, object? value, string expected) =>
        new(name, $"Sampler: {name} is {value}, expected {expected}");
}
