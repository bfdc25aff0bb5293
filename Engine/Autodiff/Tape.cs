using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MiniLstm.Engine;

/// <summary>Records operations as they run and walks them in reverse to compute gradients. Owns every activation until Dispose.</summary>
/// <remarks>
/// There is no ambient mode: each tape says what it is for. <see cref="ForTraining"/> may destroy what backward no longer needs,
/// <see cref="ForInspection"/> keeps everything readable, <see cref="ForInference"/> records nothing.
/// </remarks>
public sealed partial class Tape : IDisposable
{
    private readonly List<Operation> _log = new(16);
    private readonly List<View> _rented;
    private readonly List<Tensor> _leaves = [];
    private Dictionary<(SequenceMask, bool), SequenceRows>? _rows;
    private readonly bool _records;
    private readonly bool _keeps;
    private readonly bool _checks;

    private Tape(Backend backend, bool records, bool keeps, bool trains, bool checks)
    {
        Backend = backend;
        _rented = backend.TakeSpareList();
        _records = records;
        _keeps = keeps;
        _checks = checks;
        IsTraining = trains;
    }

    /// <summary>Where everything on the tape is computed.</summary>
    public Backend Backend { get; }

    /// <summary>Whether layers behave as in training: dropout drops.</summary>
    public bool IsTraining { get; }

    /// <summary>Whether all values and gradients stay readable: <see cref="ForInspection"/>.</summary>
    public bool KeepsEverything => _keeps;

    /// <summary>Whether operations are recorded, so that gradients can be computed.</summary>
    public bool IsRecording => _records;

    /// <summary>Whether the tape was disposed of.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>The operations that backward will walk, in the order they ran.</summary>
    public IReadOnlyList<Operation> Operations => _log;

    /// <summary>A tape for one training step: backward once, memory reused wherever possible.</summary>
    /// <param name="backend">Where to compute.</param>
    /// <param name="checks">Whether to look for NaN and infinity after each operation (slow) and to name the first that made one.</param>
    /// <returns>The tape; dispose of it after the step.</returns>
    /// <exception cref="InvalidOperationException">The device is for inference: <see cref="Backend.WhyNoTraining"/>.</exception>
    public static Tape ForTraining(Backend backend, bool checks = false)
    {
        CheckTrains(backend, "training");
        return new(backend, records: true, keeps: false, trains: true, checks);
    }

    /// <summary>A tape whose values and gradients all stay readable until Dispose. Backward may run again: it adds to the gradients of inputs and
    /// parameters, and begins anew with those in between. Dropout is off.</summary>
    /// <param name="backend">Where to compute.</param>
    /// <returns>The tape.</returns>
    public static Tape ForInspection(Backend backend) =>
        new(backend, records: true, keeps: true, trains: false, checks: false);

    /// <summary>A tape that records nothing: values only. Dropout is off.</summary>
    /// <param name="backend">Where to compute.</param>
    /// <returns>The tape.</returns>
    public static Tape ForInference(Backend backend) =>
        new(backend, records: false, keeps: false, trains: false, checks: false);

    /// <summary>The tape that operands live on.</summary>
    /// <param name="operands">Tensors; parameters are on none.</param>
    /// <returns>Their tape.</returns>
    /// <exception cref="InvalidOperationException">They are on two tapes, or all are parameters.</exception>
    public static Tape Of(params ReadOnlySpan<Tensor?> operands)
    {
        Tape? found = null;
        foreach (Tensor? operand in operands)
        {
            if (operand?.Tape is not { } tape)
                continue;
            if (found is not null && found != tape)
                throw new InvalidOperationException($"{operand.Name} {operand.Shape}: operands live on two tapes");
            found = tape;
        }

        return found ?? throw new InvalidOperationException(
            "no operand is on a tape; bring a parameter on one with tape.Use(parameter)");
    }

    /// <summary>Rents memory that lives as long as the tape. The content is undefined.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="purpose">What it is for.</param>
    /// <returns>The memory.</returns>
    public View Rent(Shape shape, string purpose) => Rent(shape, Backend.Real, purpose);

    /// <summary>Rents memory of a given kind that lives as long as the tape. The content is undefined.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="kind">What an element is.</param>
    /// <param name="purpose">What it is for.</param>
    /// <returns>The memory.</returns>
    public View Rent(Shape shape, ElementKind kind, string purpose)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        View view = Backend.Pool.Rent(shape, kind, purpose);
        _rented.Add(view);
        return view;
    }

    /// <summary>Copies values onto the tape.</summary>
    /// <param name="shape">Their shape.</param>
    /// <param name="values">All elements, row-major.</param>
    /// <param name="tracked">Whether a gradient is wanted; it stays until Dispose.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ShapeException">The number of values differs.</exception>
    public Tensor Input(Shape shape, ReadOnlySpan<double> values, bool tracked = false)
    {
        if (values.Length != shape.Count)
            throw new ShapeException($"Input: {shape} has {shape.Count} elements, got {values.Length} values");
        View view = Rent(shape, "input");
        Backend.Upload(view, values);
        return Leaf(view, tracked);
    }

    /// <summary>Packs the steps of a mask that count, for a recurrent layer.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="reversed">Whether time is to run backwards.</param>
    /// <returns>The rows; they live as long as the tape.</returns>
    public SequenceRows Rows(SequenceMask mask, bool reversed = false)
    {
        _rows ??= [];
        if (!_rows.TryGetValue((mask, reversed), out SequenceRows? rows))
        {
            rows = new(this, mask, reversed);
            _rows.Add((mask, reversed), rows);
        }

        return rows;
    }

    /// <summary>One value everywhere, without a gradient.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="value">The value.</param>
    /// <returns>The tensor.</returns>
    public Tensor Filled(Shape shape, double value)
    {
        View view = Rent(shape, "constant");
        Backend.Fill(view, value);
        return Constant(view);
    }

    /// <summary>1 with a probability, else 0, drawn for each element; without a gradient.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="probability">The probability of 1, in [0, 1].</param>
    /// <param name="stream">Where the random numbers come from.</param>
    /// <returns>The tensor.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The probability is outside its range.</exception>
    public Tensor Drawn(Shape shape, double probability, RandomStream stream)
    {
        if (probability is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(probability), $"Drawn: probability {probability}, expected 0 to 1");
        View view = Rent(shape, "random choice");
        Backend.Draw(view, probability, stream.Take(shape.Count));
        return Constant(view);
    }

    /// <summary>Copies integers onto the tape.</summary>
    /// <param name="shape">Their shape.</param>
    /// <param name="values">All elements, row-major.</param>
    /// <returns>The integers.</returns>
    /// <exception cref="ShapeException">The number of values differs.</exception>
    public IndexTensor Indices(Shape shape, ReadOnlySpan<int> values)
    {
        if (values.Length != shape.Count)
            throw new ShapeException($"Indices: {shape} has {shape.Count} elements, got {values.Length} values");
        int minimum = int.MaxValue;
        int maximum = int.MinValue;
        foreach (int value in values)
        {
            minimum = Math.Min(minimum, value);
            maximum = Math.Max(maximum, value);
        }

        int nextMinimum = maximum;
        int nextMaximum = minimum;
        foreach (int value in values)
        {
            if (value != minimum)
                nextMinimum = Math.Min(nextMinimum, value);
            if (value != maximum)
                nextMaximum = Math.Max(nextMaximum, value);
        }

        View view = Rent(shape, ElementKind.Int32, "indices");
        Backend.Upload(view, values);
        return new(this, view, minimum, maximum, Backend.HasOwnMemory ? values.ToArray() : null) { NextMinimum = nextMinimum, NextMaximum = nextMaximum };
    }

    /// <summary>Reads memory that somebody else owns, such as a carried state, without copying; no gradient flows into it.</summary>
    /// <param name="view">The memory; must outlive the tape and not change until backward is over.</param>
    /// <returns>The tensor.</returns>
    public Tensor Constant(View view) => Leaf(view, tracked: false);

    /// <summary>Brings a parameter on the tape, so that operations on parameters alone (penalties, weight drop) have one.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <returns>A view of it; gradients go to the parameter.</returns>
    public Tensor Use(Parameter parameter) => new(this, parameter.View, _records && parameter.IsTracked, null, parameter);

    /// <summary>Runs an operation: shape rule, outputs rented, forward, logged if some input is tracked. The only door.</summary>
    /// <param name="operation">The operation.</param>
    /// <returns>Its first output; the others are in <see cref="Operation.Outputs"/>.</returns>
    /// <exception cref="ShapeException">The operands do not fit.</exception>
    /// <exception cref="InvalidOperationException">An operand lives on another tape or device.</exception>
    /// <exception cref="NonFiniteException">The tape checks, and an output is NaN or infinite.</exception>
    public Tensor Run(Operation operation)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        Shape[] shapes = operation.OutputShapes();
        bool tracked = false;
        foreach (Tensor? input in operation.Inputs)
        {
            if (input is null)
                continue;
            if (input.Tape is { } other ? other != this : input is Parameter parameter && parameter.Backend != Backend)
                throw new InvalidOperationException(
                    $"{operation.Name}: {input.Name} {input.Shape} lives on another tape or device than the operation runs on");
            tracked |= _records && input.IsTracked;
            input.Root.Readers++;
        }

        var outputs = new Tensor[shapes.Length];
        for (int k = 0; k < shapes.Length; k++)
            outputs[k] = new(this, Rent(shapes[k], operation.Name), tracked, operation, null);
        operation.SetOutputs(outputs);

        Backend.Enter(operation.Name);
        try
        {
            long start = Stopwatch.GetTimestamp();
            operation.Forward(this);
            if (_keeps)
                operation.ForwardTime = Stopwatch.GetElapsedTime(start);
        }
        finally
        {
            Backend.Leave();
        }

        if (_checks)
            CheckOutputs(operation);
        if (tracked)
            _log.Add(operation);
        return outputs[0];
    }

    /// <summary>
    /// Lets an operation use an input's memory as its own: allowed where the tape may destroy, nobody else reads the input, and its producer's
    /// backward does not need the values. Using the tensor afterwards throws.
    /// </summary>
    /// <param name="input">The input.</param>
    /// <param name="by">The operation, already counted as a reader.</param>
    /// <param name="memory">The memory, if so.</param>
    /// <returns>Whether the memory is the operation's now.</returns>
    internal bool TryTakeOver(Tensor input, Operation by, out View memory)
    {
        bool allowed = !_keeps && input == input.Root && input.Readers == 1 && input.Producer is { ReadsOutputs: false };
        memory = allowed ? input.View : default;
        if (allowed)
            input.WhyGone = $"its memory was taken over by {by.Name}; a tape made by ForInspection keeps everything";
        return allowed;
    }

    /// <summary>Whether backward may overwrite values and gradients that it is the last to read.</summary>
    internal bool MayDestroy => !_keeps;

    /// <summary>What ran: each operation with the shapes and bytes of its outputs and, on tapes that keep everything, its times.</summary>
    /// <returns>One line an operation, then the total.</returns>
    public string Describe()
    {
        var text = new StringBuilder();
        long total = 0;
        foreach (Operation operation in _log)
        {
            long bytes = operation.Outputs.Sum(o => o.Shape.Count * DeviceBuffer.ElementBytes(Backend.Real));
            total += bytes;
            string inputs = string.Join(", ", operation.Inputs.OfType<Tensor>().Select(t => $"{t.Name} {t.Shape}"));
            string outputs = string.Join(", ", operation.Outputs.Select(o => o.Shape.ToString()));
            string times = _keeps
                ? $", forward {operation.ForwardTime.TotalMicroseconds:F0} us, backward {operation.BackwardTime.TotalMicroseconds:F0} us"
                : "";
            text.Append(CultureInfo.InvariantCulture, $"{operation.Name}({inputs}) -> {outputs}, {bytes:N0} bytes{times}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{_log.Count} operations, {total:N0} bytes of results\n");
        return text.ToString();
    }

    /// <summary>Returns all memory to the pool; every tensor of the tape throws afterwards. Safe after a failure in mid-backward.</summary>
    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        foreach (Operation operation in _log)
            ReleaseGradients(operation);
        foreach (Tensor leaf in _leaves)
            ReleaseGradient(leaf);
        foreach (View view in _rented)
            Backend.Pool.Return(view);
        Backend.GiveSpareList(_rented);
    }

    private static void CheckTrains(Backend backend, string what)
    {
        if (backend.WhyNoTraining is { } why)
            throw new InvalidOperationException($"{what}: {backend.Name}: {why}");
    }

    private Tensor Leaf(View view, bool tracked)
    {
        var tensor = new Tensor(this, view, tracked && _records, null, null);
        if (tensor.IsTracked)
            _leaves.Add(tensor);
        return tensor;
    }

    private void CheckOutputs(Operation operation)
    {
        foreach (Tensor output in operation.Outputs)
        {
            if (FirstNonFinite(output.View) is { } found)
                throw new NonFiniteException(
                    $"{operation.Name}: forward produced {found.Value} at element {found.Index} of its output {output.Shape}");
        }
    }

    private (long Index, double Value)? FirstNonFinite(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        int index = Array.FindIndex(values, v => !double.IsFinite(v));
        return index < 0 ? null : (index, values[index]);
    }
}
