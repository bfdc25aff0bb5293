using System.Numerics;

namespace MiniLstm.Engine;

/// <summary>What a <see cref="BufferPool"/> has done and holds.</summary>
/// <param name="LiveBytes">Rented and not yet returned.</param>
/// <param name="PeakBytes">The largest <paramref name="LiveBytes"/> so far.</param>
/// <param name="CachedBytes">Returned and kept for the next rent.</param>
/// <param name="Rents">Rents so far.</param>
/// <param name="Allocations">Rents that had to ask the device for memory, since no cached buffer fitted.</param>
/// <param name="Outstanding">Buffers rented and not yet returned.</param>
public readonly record struct PoolStatistics(
    long LiveBytes, long PeakBytes, long CachedBytes, long Rents, long Allocations, int Outstanding);

/// <summary>The memory manager of one backend: caches buffers by size class, so that a training step allocates nothing.</summary>
/// <remarks>
/// Sizes are rounded up to one of eight classes for each power of two (at most 12.5 % more than asked, beyond a thousand elements). In tests the pool
/// poisons: every buffer of floating point is filled with NaN on rent and on return, so that whoever reads what was not written is found at
/// once, and guard zones lie round every view, so that whoever writes outside is found on return.
/// </remarks>
public sealed class BufferPool
{
    private readonly Backend _backend;
    private readonly bool _poison;
    private readonly long _limitBytes;
    private readonly Dictionary<(ElementKind Kind, long Count), Stack<DeviceBuffer>> _cached = [];
    private readonly Dictionary<DeviceBuffer, Rental> _live = [];
    private long _liveBytes;
    private long _peakBytes;
    private long _cachedBytes;
    private long _rents;
    private long _allocations;

    internal BufferPool(Backend backend, bool poison, long limitBytes)
    {
        _backend = backend;
        _poison = poison;
        _limitBytes = limitBytes;
    }

    /// <summary>What the pool holds now and did so far.</summary>
    public PoolStatistics Statistics => new(_liveBytes, _peakBytes, _cachedBytes, _rents, _allocations, _live.Count);

    /// <summary>Every buffer that is rented now, largest first: its purpose and bytes. Empty once everything was returned.</summary>
    public IReadOnlyList<string> Outstanding =>
        [.. _live.Keys.OrderByDescending(b => b.Bytes).Select(b => $"{b.Purpose} ({b.Bytes:N0} bytes)")];

    /// <summary>Rents memory for floating-point values of the backend's own kind. The content is undefined.</summary>
    /// <param name="shape">Shape of the view.</param>
    /// <param name="purpose">What it is for, as reports show it.</param>
    /// <returns>The view; <see cref="Return"/> it.</returns>
    /// <exception cref="DeviceException">The limit or the device's memory is exhausted.</exception>
    public View Rent(Shape shape, string purpose) => Rent(shape, _backend.Real, purpose);

    /// <summary>Rents memory for elements of a given kind. The content is undefined.</summary>
    /// <param name="shape">Shape of the view.</param>
    /// <param name="kind">What an element is.</param>
    /// <param name="purpose">What it is for, as reports show it.</param>
    /// <returns>The view; <see cref="Return"/> it.</returns>
    /// <exception cref="DeviceException">The limit or the device's memory is exhausted.</exception>
    public View Rent(Shape shape, ElementKind kind, string purpose) => Rent(shape, kind, purpose, fromCache: true);

    /// <summary>
    /// Rents memory that outlives the step, such as a packed copy of a weight: new memory, never cached one, or the next step would miss a buffer
    /// that this one found.
    /// </summary>
    /// <param name="shape">Shape of the view.</param>
    /// <param name="purpose">What it is for, as reports show it.</param>
    /// <returns>The view; <see cref="Return"/> it.</returns>
    /// <exception cref="DeviceException">The limit or the device's memory is exhausted.</exception>
    internal View RentLasting(Shape shape, string purpose) => Rent(shape, _backend.Real, purpose, fromCache: false);

    private View Rent(Shape shape, ElementKind kind, string purpose, bool fromCache)
    {
        int guard = _poison ? GuardZone.Length : 0;
        long count = SizeClass(checked(shape.Count + 2 * guard));
        DeviceBuffer? buffer = null;
        _rents++;
        if (fromCache && _cached.TryGetValue((kind, count), out Stack<DeviceBuffer>? stack) && stack.TryPop(out buffer))
        {
            _cachedBytes -= buffer.Bytes;
        }
        else
        {
            buffer = Allocate(count, kind, purpose);
            _allocations++;
        }

        buffer.Rented(purpose);
        View view = new(buffer, guard, shape);
        _live.Add(buffer, new(view, _rents));
        _liveBytes += buffer.Bytes;
        _peakBytes = Math.Max(_peakBytes, _liveBytes);
        Poison(buffer);
        if (_poison)
            GuardZone.Write(_backend, view, _rents);
        return view;
    }

    /// <summary>Rents memory for as long as a <c>using</c> block lasts.</summary>
    /// <param name="shape">Shape of the view.</param>
    /// <param name="purpose">What it is for, as reports show it.</param>
    /// <returns>The rent, which returns itself when disposed of.</returns>
    /// <exception cref="DeviceException">The limit or the device's memory is exhausted.</exception>
    public Scratch Scratch(Shape shape, string purpose) => new(this, Rent(shape, purpose));

    /// <summary>Gives rented memory back. Every view of the same buffer becomes invalid.</summary>
    /// <param name="view">Any view of the buffer.</param>
    /// <exception cref="InvalidOperationException">The buffer is not rented: returned twice, or of another pool. Or the pool poisons, and
    /// something wrote outside the view.</exception>
    public void Return(View view)
    {
        DeviceBuffer buffer = view.Buffer;
        if (!_live.Remove(buffer, out Rental rental))
            throw new InvalidOperationException($"BufferPool: '{buffer.Purpose}' was returned twice or belongs to another pool");

        string? damage = _poison ? GuardZone.FindDamage(_backend, rental.View, rental.Number) : null;
        _backend.Forget(buffer);
        buffer.Returned();
        Poison(buffer);
        _liveBytes -= buffer.Bytes;
        _cachedBytes += buffer.Bytes;
        if (!_cached.TryGetValue((buffer.Kind, buffer.Count), out Stack<DeviceBuffer>? stack))
            _cached[(buffer.Kind, buffer.Count)] = stack = new();
        stack.Push(buffer);
        if (damage is not null)
            throw new InvalidOperationException(
                $"BufferPool: something wrote outside '{buffer.Purpose}' {rental.View.Shape}: {damage}");
    }

    /// <summary>Gives everything that is cached back to the device; what is rented stays.</summary>
    public void Trim()
    {
        foreach (Stack<DeviceBuffer> stack in _cached.Values)
        {
            foreach (DeviceBuffer buffer in stack)
                buffer.Free();
            stack.Clear();
        }

        _cachedBytes = 0;
    }

    internal void FreeAll()
    {
        Trim();
        foreach (DeviceBuffer buffer in _live.Keys)
            buffer.Free();
        _live.Clear();
        _liveBytes = 0;
    }

    private DeviceBuffer Allocate(long count, ElementKind kind, string purpose)
    {
        long bytes = checked(count * DeviceBuffer.ElementBytes(kind));
        if (_liveBytes + _cachedBytes + bytes > _limitBytes)
            Trim();
        if (_liveBytes + bytes > _limitBytes)
            throw OutOfMemory(bytes, purpose, $"the limit is {_limitBytes:N0} bytes", null);
        try
        {
            return AllocateOrTrim(count, kind);
        }
        catch (OutOfMemoryException e)
        {
            throw OutOfMemory(bytes, purpose, "the device has no more", e);
        }
    }

    // What is cached in other sizes may be what the device lacks.
    private DeviceBuffer AllocateOrTrim(long count, ElementKind kind)
    {
        try
        {
            return _backend.Allocate(count, kind);
        }
        catch (OutOfMemoryException) when (_cachedBytes > 0)
        {
            Trim();
            return _backend.Allocate(count, kind);
        }
    }

    private DeviceException OutOfMemory(long bytes, string purpose, string why, Exception? inner)
    {
        IEnumerable<string> largest = _live.Keys
            .GroupBy(b => b.Purpose, b => b.Bytes)
            .OrderByDescending(group => group.Sum())
            .Take(3)
            .Select(group => $"{group.Key} ({group.Sum():N0} bytes)");
        string held = _live.Count == 0 ? "" : $", most of them for {string.Join(", ", largest)}";
        return new(
            $"{_backend.Name}: out of memory renting {bytes:N0} bytes for '{purpose}', {_liveBytes:N0} are in use{held}, and {why}; " +
            "a smaller batch, window or model needs less", inner);
    }

    private void Poison(DeviceBuffer buffer)
    {
        if (_poison && buffer.Kind != ElementKind.Int32)
            _backend.Fill(new(buffer, 0, FlatShape(buffer.Count)), double.NaN);
    }

    // A buffer may have more elements than one axis can say.
    private static Shape FlatShape(long count) =>
        count <= int.MaxValue ? [(int)count] : [checked((int)(count / SmallestClass)), SmallestClass];

    private const int SmallestClass = 64;

    private static long SizeClass(long count)
    {
        if (count <= SmallestClass)
            return SmallestClass;
        long step = Math.Max(SmallestClass, (long)BitOperations.RoundUpToPowerOf2((ulong)count) / 16);
        return (count + step - 1) / step * step;
    }

    // What was rented, and its number among all rents.
    private readonly record struct Rental(View View, long Number);
}

/// <summary>Memory rented for the length of a <c>using</c> block. The default value holds nothing and returns nothing.</summary>
public readonly struct Scratch : IDisposable
{
    private readonly BufferPool _pool;

    internal Scratch(BufferPool pool, View view)
    {
        _pool = pool;
        View = view;
    }

    /// <summary>The memory.</summary>
    public View View { get; }

    /// <summary>Returns the memory to the pool.</summary>
    public void Dispose()
    {
        if (View.Exists)
            _pool.Return(View);
    }
}
