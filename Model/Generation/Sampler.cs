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
    private readonly SamplingOptions _options;
    private readonly RandomStream _random;
    private readonly Comparison<int> _likelierFirst;
    private double[] _probabilities = [];
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
        ReadOnlySpan<double> probabilities = Probabilities(logits);
        double left = _random.NextUniform();
        int chosen = -1;
        for (int id = 0; id < probabilities.Length && left >= 0; id++)
        {
            // The last possible one stays chosen where rounding leaves a rest.
            if (probabilities[id] > 0)
                chosen = id;
            left -= probabilities[id];
        }

        return chosen;
    }

    /// <summary>The distribution that <see cref="Next"/> draws from; linear in the vocabulary, or n log n with top-k or
    /// top-p.</summary>
    /// <param name="logits">[vocabulary]; negative infinity: never this one.</param>
    /// <returns>[vocabulary], with the sum 1; valid until the next call.</returns>
    /// <exception cref="ArgumentException">A logit is NaN or positive infinity, or none is finite.</exception>
    public ReadOnlySpan<double> Probabilities(ReadOnlySpan<double> logits)
    {
        if (_probabilities.Length != logits.Length)
        {
            _probabilities = new double[logits.Length];
            _order = new int[logits.Length];
        }

        int likeliest = Likeliest(logits);
        if (_options.Temperature == 0)
        {
            _probabilities.AsSpan().Clear();
            _probabilities[likeliest] = 1;
            return _probabilities;
        }

        for (int id = 0; id < logits.Length; id++)
            _probabilities[id] = Math.Exp((logits[id] - logits[likeliest]) / _options.Temperature);
        Normalize();
        if (_options.TopK is not null || _options.TopP < 1)
            KeepLikeliest();
        return _probabilities;
    }

    private static int Likeliest(ReadOnlySpan<double> logits)
    {
        int likeliest = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (double.IsNaN(logits[id]) || double.IsPositiveInfinity(logits[id]))
                throw new ArgumentException(
                    $"Sampler: the logit of id {id} is {logits[id]}, expected a finite number", nameof(logits));
            if (logits[id] > logits[likeliest])
                likeliest = id;
        }

        return logits.Length > 0 && double.IsFinite(logits[likeliest])
            ? likeliest
            : throw new ArgumentException(
                $"Sampler: {logits.Length} logits, expected at least one finite number", nameof(logits));
    }

    private void KeepLikeliest()
    {
        for (int k = 0; k < _order.Length; k++)
            _order[k] = k;
        _order.AsSpan().Sort(_likelierFirst);

        Forget(_order.AsSpan(Math.Min(_options.TopK ?? _order.Length, _order.Length)));
        double share = 0;
        int kept = 0;
        while (kept < _order.Length && share < _options.TopP)
            share += _probabilities[_order[kept++]];
        Forget(_order.AsSpan(kept));
    }

    private void Forget(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
            _probabilities[id] = 0;
        Normalize();
    }

    private void Normalize()
    {
        double sum = 0;
        foreach (double weight in _probabilities)
            sum += weight;
        foreach (ref double weight in _probabilities.AsSpan())
            weight /= sum;
    }

    private int CompareLikelierFirst(int a, int b)
    {
        int order = _probabilities[b].CompareTo(_probabilities[a]);
        return order != 0 ? order : a.CompareTo(b);
    }

    private static ArgumentOutOfRangeException OutOfRange(string name, object? value, string expected) =>
        new(name, $"Sampler: {name} is {value}, expected {expected}");
}
