using MiniLstm.Training;

namespace MiniLstm.Tests;

[TestFixtureSource(typeof(TestBackends))]
public sealed class OptimizerParityTests(TestBackend device) : BackendFixture(device)
{
    private static readonly Dictionary<string, Optimizer> _rules = new()
    {
        ["optimizer-sgd"] = new Sgd(0.1),
        ["optimizer-sgd-momentum"] = new Sgd(0.1, momentum: 0.9),
        ["optimizer-sgd-nesterov-decay"] = new Sgd(0.1, momentum: 0.9, decay: 0.01, nesterov: true),
        ["optimizer-adam"] = new Adam(0.01),
        ["optimizer-adam-l2"] = new Adam(0.01, l2: 0.1),
        ["optimizer-adam-betas"] = new Adam(0.002, firstDecay: 0.5, secondDecay: 0.9, epsilon: 1e-3),
        ["optimizer-adam-amsgrad"] = new Adam(0.01, amsgrad: true),
        ["optimizer-adamw"] = new AdamW(0.01, decay: 0.1),
        ["optimizer-rmsprop"] = new RmsProp(0.01),
        ["optimizer-rmsprop-centered-momentum"] = new RmsProp(0.01, momentum: 0.5, centered: true),
        ["optimizer-adagrad"] = new Adagrad(0.1),
    };

    private static readonly Dictionary<string, (Optimizer Rule, Schedule Schedule)> _schedules = new()
    {
        ["schedule-step"] = (new Sgd(0.1), new StepDecay(every: 4, factor: 0.5)),
        ["schedule-exponential"] = (new Sgd(0.1), new ExponentialDecay(0.9)),
        ["schedule-cosine"] = (new Sgd(0.1), new CosineDecay(totalSteps: 12, minimum: 0.001 / 0.1)),
        ["schedule-one-cycle"] = (new Sgd(0.1, momentum: 0.9), new OneCycle(totalSteps: 13)),
        ["schedule-linear-warmup"] = (new Sgd(0.1), new LinearWarmUp(steps: 5, start: 0.1)),
    };

    [TestCaseSource(nameof(RuleNames))]
    public void Step_GradientsOfPyTorch_LeavesItsParameters(string name)
    {
        using var run = new ParityRun(Backend, ParityCase.Load(name), _rules[name]);
        run.Check(Schedule.Constant);
    }

    [TestCaseSource(nameof(ScheduleNames))]
    public void FactorAt_SchedulesOfPyTorch_GivesItsRatesAndParameters(string name)
    {
        (Optimizer rule, Schedule schedule) = _schedules[name];
        using var run = new ParityRun(Backend, ParityCase.Load(name), rule);
        run.Check(schedule);
    }

    [Test]
    public void Step_MaximumNorm_ClipsAsPyTorch()
    {
        using var run = new ParityRun(Backend, ParityCase.Load("clip-norm-adam"), new Adam(0.01));
        run.Check(Schedule.Constant, maximumNorm: 0.5);
    }

    private static string[] RuleNames() => [.. _rules.Keys];

    private static string[] ScheduleNames() => [.. _schedules.Keys];
}
