namespace MiniLstm.Engine;

/// <summary>What a parameter is to be: asked for by a layer before the store exists.</summary>
/// <param name="Name">Unique within the store, such as <c>lstm.weight_ih_l0</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Initialize">Fills in the first values, row-major; null: they are 0 until somebody writes others.</param>
public sealed record ParameterPlan(string Name, Shape Shape, Action<Span<double>>? Initialize);

/// <summary>
/// The parameters of a model as ranges of one contiguous buffer, and their gradients as ranges of a second: clipping, update and
/// checkpoint are one pass each. A model that only computes never takes the second.
/// </summary>
public sealed class ParameterStore : IDisposable
{
    // Ranges begin at whole cache lines of float32.
    private const int Alignment = 16;

    private readonly Dictionary<string, Parameter> _byName = [];
    private readonly List<View> _rented = [];
    private View _gradients;
    private bool _isDisposed;

    /// <summary>Rents the buffer of the values and initialises them.</summary>
    /// <param name="backend">Where the parameters live.</param>
    /// <param name="plan">The parameters, in order.</param>
    /// <exception cref="ArgumentException">Two parameters have one name, or there is none.</exception>
    public ParameterStore(Backend backend, IReadOnlyList<ParameterPlan> plan)
    {
        if (plan.Count == 0)
            throw new ArgumentException("ParameterStore: no parameters", nameof(plan));
        if (plan.GroupBy(p => p.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"ParameterStore: two parameters are named '{twice.Key}'", nameof(plan));

        Backend = backend;
        long total = plan.Sum(p => Align(p.Shape.Count));
        Values = backend.Pool.Rent(Flat(total), "parameters");
        try
        {
            backend.Fill(Values, 0);
            All = [.. MakeParameters(plan)];
        }
        catch
        {
            // An initialiser may read a file.
            Dispose();
            throw;
        }

        Values.Buffer.MarkChanged();
    }

    /// <summary>Where the parameters live.</summary>
    public Backend Backend { get; }

    /// <summary>All parameters, in order.</summary>
    public IReadOnlyList<Parameter> All { get; }

    /// <summary>All values, with padding of zeros between parameters.</summary>
    public View Values { get; }

    /// <summary>All gradients, laid out as <see cref="Values"/>: zeros until something is added. Their memory is rented when they are first
    /// asked for.</summary>
    /// <exception cref="DeviceException">The limit or the device's memory is exhausted.</exception>
    /// <exception cref="ObjectDisposedException">The store was disposed of.</exception>
    public View Gradients
    {
        get
        {
            if (!_gradients.Exists)
            {
                _gradients = Rent(Values.Shape, "parameter gradients");
                Backend.Fill(_gradients, 0);
            }

            return _gradients;
        }
    }

    /// <summary>How many numbers are learnt.</summary>
    public long Count => All.Sum(p => p.Shape.Count);

    /// <summary>The parameter of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name, out Parameter? parameter)
        ? parameter
        : throw new KeyNotFoundException($"no parameter '{name}'; there are {string.Join(", ", _byName.Keys)}");

    /// <summary>The parameter of a name, if there is one.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The parameter, or null.</returns>
    public Parameter? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Sets all gradients to zero.</summary>
    /// <exception cref="ObjectDisposedException">The store was disposed of.</exception>
    public void ClearGradients()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_gradients.Exists)
            Backend.Fill(_gradients, 0);
    }

    /// <summary>Rents memory that lives as long as the store, for what follows from its values. The content is undefined.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="purpose">What it is for.</param>
    /// <returns>The memory.</returns>
    /// <exception cref="ObjectDisposedException">The store was disposed of.</exception>
    public View Rent(Shape shape, string purpose)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        View view = Backend.Pool.RentLasting(shape, purpose);
        _rented.Add(view);
        return view;
    }

    /// <summary>Returns the memory.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (Parameter parameter in _byName.Values)
            parameter.WhyGone = "its store was disposed of";
        Backend.Pool.Return(Values);
        foreach (View view in _rented)
            Backend.Pool.Return(view);
    }

    private IEnumerable<Parameter> MakeParameters(IReadOnlyList<ParameterPlan> plan)
    {
        long offset = 0;
        foreach (ParameterPlan item in plan)
        {
            View value = new(Values.Buffer, Values.Offset + offset, item.Shape);
            var parameter = new Parameter(this, item.Name, value);
            _byName.Add(item.Name, parameter);
            if (item.Initialize is { } initialize)
                Backend.Upload(value, initialize);
            offset += Align(item.Shape.Count);
            yield return parameter;
        }
    }

    private static long Align(long count) => (count + Alignment - 1) / Alignment * Alignment;

    private static Shape Flat(long count) => [checked((int)(count / Alignment)), Alignment];
}
