using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Tests;

/// <summary>The checks themselves: each kind of mistake, made on purpose, is found.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class SensitivityTests(TestBackend device) : BackendFixture(device)
{
    private static readonly Shape _shape = [3, 5];

    [Test]
    public void Checks_RightOperation_Passes()
    {
        CheckResult result = CatalogueCheck.Run(Case(x => new Faulty(x)), Backend);

        Assert.That(result.Passed, Is.True, $"{result}");
        Assert.That($"{result}", Does.StartWith("passed faulty [3, 5]: gradient "));
    }

    [TestCase(-1)]
    [TestCase(0.999)]
    [TestCase(1.000_001)]
    public void GradientCheck_FactorInTheGradient_Fails(double factor)
    {
        OperationCase wrong = Case(x => new Faulty(x) { GradientFactor = factor });

        Assert.That(GradientCheck.WorstError(wrong), Is.EqualTo(Math.Abs(1 - factor)).Within(1).Percent);
        Assert.That(CatalogueCheck.Run(wrong, Backend).Passed, Is.False);
    }

    [Test]
    public void GradientCheck_ManyElementsAndOneWrong_Fails()
    {
        OperationCase wrong = Case(x => new Faulty(x) { SkippedElement = 1234 }) with { Operands = [[50, 50]] };

        Assert.That(GradientCheck.WorstError(wrong), Is.GreaterThan(1e-3));
    }

    [Test]
    public void GradientCheck_GradientWrittenWhereItShouldBeAdded_Fails() =>
        Assert.That(GradientCheck.WorstError(Case(x => new Faulty(x) { ForgetsToAdd = true })), Is.GreaterThan(0.1));

    [Test]
    public void ParityCheck_ValueOffByAThousandth_Fails()
    {
        OperationCase wrong = new("Lossy", [_shape], (_, x, _) => [x[0].Map<Lossy>()]);
        bool isReference = Backend.Real == ElementKind.Float64;

        Assert.That(ParityCheck.WorstError(wrong, Backend), isReference ? Is.Zero : Is.EqualTo(1e-3).Within(1e-5));
    }

    [Test]
    public void ParityCheck_ReadOfUnwrittenMemory_Fails() =>
        Assert.That(ParityCheck.WorstError(Case(x => new Faulty(x) { ReadsUnwritten = true }), Backend), Is.EqualTo(double.PositiveInfinity));

    [Test]
    public void Checks_WriteOnePastTheEnd_NameWhat()
    {
        OperationCase wrong = Case(x => new Faulty(x) { WritesPastTheEnd = true });

        Assert.That(
            () => ParityCheck.WorstError(wrong, Backend),
            Throws.InvalidOperationException.With.Message.EqualTo(
                "BufferPool: something wrote outside 'Faulty' [3, 5]: element 1 after its last"));
        CheckResult result = CatalogueCheck.Run(wrong, Backend);
        Assert.That($"{result}", Does.StartWith("FAILED faulty [3, 5]: InvalidOperationException: BufferPool"));
    }

    [Test]
    public void Checks_MemoryNotReturned_NameWhat()
    {
        OperationCase leaking = new("Leaking", [_shape], (tape, x, _) =>
        {
            tape.Backend.Pool.Rent([2], "lost");
            return [x[0].Tanh()];
        });

        Assert.That(
            () => GradientCheck.WorstError(leaking),
            Throws.InvalidOperationException.With.Message.StartsWith("Leaking [3, 5]: still rented after Dispose: lost"));
    }

    [Test]
    public void ShapeCheck_MisfitAccepted_IsAFailure()
    {
        OperationCase lenient = Case(x => new Faulty(x)) with { Misfit = new([[7]], "expected") };

        Assert.That(ShapeCheck.Failure(lenient), Is.EqualTo("[7] were accepted, expected an error with 'expected'"));
    }

    [Test]
    public void ShapeCheck_AnotherMessage_IsAFailure()
    {
        OperationCase vague = new("Reshape", [[15]], (_, x, _) => [x[0].Reshape([15])])
        {
            Misfit = new([[7]], "the right words"),
        };

        Assert.That(ShapeCheck.Failure(vague), Does.StartWith("the error is 'Reshape: input [7] has 7 elements"));
    }

    private static OperationCase Case(Func<Tensor, Faulty> make) =>
        new("faulty", [_shape], (tape, x, _) => [tape.Run(make(x[0]))]);

    // y = x, right unless a fault is chosen.
    private sealed class Faulty(Tensor x) : Operation(x)
    {
        public double GradientFactor { get; init; } = 1;

        public int? SkippedElement { get; init; }

        public bool ForgetsToAdd { get; init; }

        public bool ReadsUnwritten { get; init; }

        public bool WritesPastTheEnd { get; init; }

        public override Shape[] OutputShapes() => [x.Shape];

        public override void Forward(Tape tape)
        {
            Backend backend = tape.Backend;
            backend.Copy(Output(), x.View);
            if (ReadsUnwritten)
                backend.Scale(Output(), 0, tape.Rent(x.Shape, "never written"), add: true);
            if (WritesPastTheEnd)
                backend.Fill(Window(Output(), (int)x.Shape.Count), 0);
        }

        public override void Backward(Tape tape)
        {
            GradientTarget dx = tape.GradientInto(x);
            if (!dx.IsWanted)
                return;
            tape.Backend.Scale(dx.View, GradientFactor, tape.GradientOf(Outputs[0]), dx.Add && !ForgetsToAdd);
            if (SkippedElement is { } element)
                tape.Backend.Fill(Window(dx.View, element), 0);
        }

        private static View Window(View view, int element) => new(view.Buffer, view.Offset + element, [1]);
    }

    // A value that depends on the arithmetic, as no formula may.
    public readonly struct Lossy : IMap
    {
        public static string Name => "Lossy";

        public static T Value<T>(T x)
            where T : struct, IReal<T>
        {
            // Above 0 in float64 alone.
            T digits = T.Of(1) + T.Of(1e-9) - T.Of(1);
            return T.IfPositive(digits, x, x * T.Of(1.001));
        }

        public static T Slope<T>(T x, T y)
            where T : struct, IReal<T> => T.Of(1);
    }
}
