namespace MiniLstm.Training;

/// <summary>How a model is trained: everything but the model and its text.</summary>
public sealed record TrainingOptions
{
    /// <summary>The step budget: how many windows are learnt from in the whole run, resumed or not; 1 to
    /// <see cref="BoundOptimizer.MaximumSteps"/>.</summary>
    public required long Steps { get; init; }

    /// <summary>The rule that weights follow.</summary>
    public required Optimizer Optimizer { get; init; }

    /// <summary>Parameters that are learnt at another rate, with another decay, or not at all
    /// (<see cref="Training.Optimizer.Over"/>).</summary>
    public IReadOnlyList<ParameterGroup> ParameterGroups { get; init; } = [];

    /// <summary>Factors of the optimiser's learning rate.</summary>
    public Schedule Schedule { get; init; } = Schedule.Constant;

    /// <summary>How gradients are clipped.</summary>
    public GradientClipping Clipping { get; init; }

    /// <summary>The usual <see cref="Clipping"/> in short: by the global norm; infinity leaves gradients as they
    /// are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not above 0.</exception>
    public double MaximumNorm
    {
        get => Clipping.MaximumGlobalNorm;
        init => Clipping = GradientClipping.ByGlobalNorm(value);
    }

    /// <summary>Into how many parts of equal size the rows of a batch are cut, run one after another, and their
    /// gradients accumulated: the step is that of the whole batch, the memory of activations that of a part.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Every how many steps losses come to the host and callbacks get a <see cref="StepReport"/>.</summary>
    public long ReportEvery { get; init; } = 10;

    /// <summary>[n], the token ids of the validation text; empty: there is no validation.</summary>
    public ReadOnlyMemory<int> ValidationIds { get; init; }

    /// <summary>Every how many steps, and after the last one, the validation text is evaluated.</summary>
    public long ValidateEvery { get; init; } = 500;

    /// <summary>How many parallel streams the validation text is cut into (<see cref="Evaluation.Of"/>).</summary>
    public int ValidationStreams { get; init; } = 32;

    /// <summary>Where the latest checkpoint is kept; null: nowhere.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Every how many steps it is replaced; also before the first step, after the last, and when the run is
    /// interrupted.</summary>
    public long CheckpointEvery { get; init; } = 500;

    /// <summary>Who is told what happens, in this order.</summary>
    public IReadOnlyList<TrainingCallback> Callbacks { get; init; } = [];
}
