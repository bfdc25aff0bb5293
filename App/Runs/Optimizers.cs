using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>The optimisers that <c>train --optimizer</c> knows.</summary>
internal static class Optimizers
{
    public const string Adam = "adam";
    public const string AdamW = "adamw";
    public const string Sgd = "sgd";
    public const string AveragedSgd = "asgd";
    public const string RmsProp = "rmsprop";
    public const string Adagrad = "adagrad";

    private const double Momentum = 0.9;

    public static string[] All { get; } = [Adam, AdamW, Sgd, AveragedSgd, RmsProp, Adagrad];

    /// <summary>A learning rate that is worth trying first.</summary>
    public static double DefaultRate(string name) => name switch
    {
        Sgd => 0.3,
        AveragedSgd => 3,
        Adagrad => 0.02,
        _ => TrainingDefaults.LearningRate,
    };

    /// <summary>The default rates in words: that of most optimisers, then those that differ.</summary>
    public static string DefaultRates => string.Join(
        ", ",
        All.Where(name => DefaultRate(name) != TrainingDefaults.LearningRate)
            .Select(name => $"{name} {DefaultRate(name)}")
            .Prepend($"{TrainingDefaults.LearningRate}"));

    /// <summary>Makes an optimiser. It must stay the same for the same arguments: resumed runs depend on it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="decay">The weight decay: of AdamW apart from the gradients, else L2.</param>
    /// <param name="averageDecay">How slowly an average of the weights forgets; 0: none is kept.</param>
    /// <returns>SGD with momentum 0.9; averaged SGD without it, averaging once validations stop improving; the others with
    /// PyTorch's numbers.</returns>
    public static Optimizer Create(string name, double rate, double decay, double averageDecay)
    {
        WeightAverage? average = averageDecay > 0 ? new ExponentialMovingAverage(averageDecay) : null;
        return name switch
        {
            Adam => new Adam(rate, l2: decay) { Average = average },
            AdamW => new AdamW(rate, decay: decay) { Average = average },
            Sgd => new Sgd(rate, Momentum, decay) { Average = average },
            AveragedSgd => new AveragedSgd(rate, decay),
            RmsProp => new RmsProp(rate, decay: decay) { Average = average },
            Adagrad => new Adagrad(rate, decay: decay) { Average = average },
            _ => throw new ArgumentException($"optimizer '{name}', expected one of {string.Join(", ", All)}", nameof(name)),
        };
    }
}
