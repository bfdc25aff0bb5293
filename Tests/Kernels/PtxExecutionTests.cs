using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>The PTX of every kernel is executed, and gives what the reference gives.</summary>
public sealed class PtxExecutionTests
{
    // Products have tests of their own, of all ways and layouts; the peak is no part of any computation; and squares are only ever summed over all elements.
    private static readonly HashSet<string> _elsewhere =
    [
        .. new[]
        {
            typeof(NaiveMatMulKernel), typeof(TiledMatMulKernel), typeof(RegisterTileMatMulKernel), typeof(MatMulRowsKernel), typeof(MatMulKernel<,,,>),
            typeof(TensorPackKernel<>), typeof(TensorMatMulKernel<>), typeof(TensorResultKernel), typeof(PeakKernel),
        }.Select(t => t.Name),
    ];

    private readonly PtxRunner _runner = new(PtxDevice.Capability);

    // Cases run once, whichever test comes first.
    private readonly Dictionary<OperationCase, double> _errors = [];
    private Backend _backend = null!;

    private static IEnumerable<TestCaseData> Cases() => PtxCases.All.Select(c => new TestCaseData(c).SetArgDisplayNames(c.ToString()));

    private static IEnumerable<TestCaseData> Primitives() => PtxPrimitive.All.Select(p => new TestCaseData(p).SetArgDisplayNames(p.Name));

    [OneTimeSetUp]
    public void Open() => _backend = PtxDevice.Open(_runner);

    [OneTimeTearDown]
    public void Close() => _backend.Dispose();

    [TestCaseSource(nameof(Cases))]
    public void OutputsAndGradients_OfSmallCases_EqualTheReference(OperationCase operationCase) =>
        Assert.That(Error(operationCase), Is.LessThanOrEqualTo(operationCase.Tolerance));

    [TestCaseSource(nameof(Primitives))]
    public void Primitives_OfSmallSizes_EqualTheReference(object primitive)
    {
        using ReferenceBackend reference = new();

        List<double> expected = Results((PtxPrimitive)primitive, reference);
        Assert.That(Results((PtxPrimitive)primitive, _backend), Is.EqualTo(expected).Within(3e-6 * Math.Max(1, expected.Max(Math.Abs))));
    }

    [Test]
    public void Kernels_OfTheProduct_AllRun()
    {
        foreach (PtxPrimitive primitive in PtxPrimitive.All)
            Results(primitive, _backend);
        foreach (OperationCase operationCase in PtxCases.All)
            Error(operationCase);

        Assert.That(KernelTypes.All.Except(_runner.Executed).Where(IsForHere).Select(KernelTypes.Name), Is.Empty);
    }

    private static bool IsForHere(Type kernel) => !_elsewhere.Contains(kernel.Name) && kernel != typeof(SumColumnsKernel<SquareTerm>);

    private double Error(OperationCase operationCase)
    {
        if (!_errors.TryGetValue(operationCase, out double error))
        {
            error = ParityCheck.WorstError(operationCase, _backend);
            _errors.Add(operationCase, error);
        }

        return error;
    }

    private static List<double> Results(PtxPrimitive primitive, Backend backend)
    {
        using Tape tape = Tape.ForInference(backend);
        List<double> results = [];
        foreach (View view in primitive.Run(tape))
        {
            if (view.Buffer.Kind == ElementKind.Int32)
            {
                int[] integers = new int[view.Count];
                backend.Download(view, integers);
                results.AddRange(integers.Select(i => (double)i));
            }
            else
            {
                double[] reals = new double[view.Count];
                backend.Download(view, reals);
                results.AddRange(reals);
            }
        }

        return results;
    }
}
