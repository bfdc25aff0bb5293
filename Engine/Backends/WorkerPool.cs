using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace MiniLstm.Engine;

/// <summary>
/// Threads that wait, spinning for two milliseconds and then asleep, for parts of a job. A fork and join costs 0.2 us while they spin, where
/// the thread pool of .NET takes 2 to 600 us: a training step forks some thirty times. Each thread has the same part of every job, whose memory is
/// then in its cache; what a thread has not begun when the caller is done (the machine is busy, the thread asleep) the caller does itself.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    // Waking a sleeping thread can take 0.6 ms: spin across the serial parts of a step, but not while nobody computes.
    private static readonly long _spinTicks = Stopwatch.Frequency / 500;

    // After so many spins the other side is probably not running (more threads than cores): let it.
    private const int SpinsBeforeYield = 5000;

    private readonly Worker[] _workers;

    // The job, by its number, whose part was last begun.
    private readonly int[] _begun;
    private Action<int>? _job;
    private int _epoch;
    private int _pending;
    private int _barrierArrivals;
    private int _barrierRound;
    private bool _stopping;
    private ExceptionDispatchInfo? _failure;
    private bool _hasFailed;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">How many parts each job has; the caller computes the first, so one thread fewer is started.</param>
    public WorkerPool(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        _workers = new Worker[count - 1];
        _begun = new int[count];
        for (int k = 0; k < _workers.Length; k++)
        {
            _workers[k] = new Worker(k + 1);
            var thread = new Thread(Loop) { IsBackground = true, Name = $"MiniLstm worker {k + 1}" };
            thread.Start(_workers[k]);
        }
    }

    /// <summary>How many parts each job has.</summary>
    public int Count { get; }

    /// <summary>Runs all parts of a job and waits for them.</summary>
    /// <param name="job">Called once with each part's number, 0 to <see cref="Count"/> - 1, on different threads. What the first part to fail
    /// throws comes back here.</param>
    /// <param name="meets">Whether the parts wait for each other at a <see cref="Barrier"/>: then each needs a thread of its own.</param>
    /// <exception cref="ObjectDisposedException">The threads were ended.</exception>
    public void Run(Action<int> job, bool meets = false)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (_workers.Length == 0)
        {
            job(0);
            return;
        }

        _failure = null;
        _hasFailed = false;
        _barrierArrivals = 0;
        _job = job;
        Volatile.Write(ref _pending, _workers.Length);
        int epoch = Interlocked.Increment(ref _epoch);
        foreach (Worker worker in _workers)
            worker.WakeIfAsleep();

        RunPart(job, 0);
        for (int part = 1; part < Count && !meets; part++)
        {
            if (TryBegin(part, epoch))
                FinishPart(job, part);
        }

        for (int spins = 0; Volatile.Read(ref _pending) != 0; spins++)
            Pause(spins);
        _failure?.Throw();
    }

    /// <summary>Inside a job: waits until every part has come here.</summary>
    /// <exception cref="OperationCanceledException">Another part has failed and will not come.</exception>
    public void Barrier()
    {
        if (_workers.Length == 0)
            return;
        int round = Volatile.Read(ref _barrierRound);
        if (Interlocked.Increment(ref _barrierArrivals) == Count)
        {
            Volatile.Write(ref _barrierArrivals, 0);
            Volatile.Write(ref _barrierRound, round + 1);
            return;
        }

        for (int spins = 0; Volatile.Read(ref _barrierRound) == round; spins++)
        {
            if (Volatile.Read(ref _hasFailed))
                throw new OperationCanceledException("another part of the job has failed");
            Pause(spins);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_stopping)
            return;
        _stopping = true;
        Interlocked.Increment(ref _epoch);
        foreach (Worker worker in _workers)
            worker.WakeIfAsleep();
    }

    private void Loop(object? state)
    {
        var worker = (Worker)(state ?? throw new ArgumentNullException(nameof(state)));
        int epoch = 0;
        while (true)
        {
            epoch = WaitForJob(worker, epoch);
            if (_stopping)
            {
                worker.Dispose();
                return;
            }

            // The job lives at least until its parts are done, so that it is still this one once the part is ours.
            if (TryBegin(worker.Part, epoch) && _job is { } job)
                FinishPart(job, worker.Part);
        }
    }

    // Every part of a job is begun once, by whoever comes first; all parts of the job before have been.
    private bool TryBegin(int part, int epoch) => Interlocked.CompareExchange(ref _begun[part], epoch, epoch - 1) == epoch - 1;

    private void FinishPart(Action<int> job, int part)
    {
        RunPart(job, part);
        Interlocked.Decrement(ref _pending);
    }

    // The first failure counts: later ones may only be that nobody came to a barrier.
    private void RunPart(Action<int> job, int part)
    {
        try
        {
            job(part);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            Volatile.Write(ref _hasFailed, true);
        }
    }

    private int WaitForJob(Worker worker, int done)
    {
        long start = Stopwatch.GetTimestamp();
        int epoch;
        while ((epoch = Volatile.Read(ref _epoch)) == done)
        {
            if (Stopwatch.GetTimestamp() - start < _spinTicks)
                Thread.SpinWait(1);
            else
                worker.SleepUnlessBeyond(ref _epoch, done);
        }

        return epoch;
    }

    private static void Pause(int spins)
    {
        if (spins < SpinsBeforeYield)
            Thread.SpinWait(1);
        else
            Thread.Yield();
    }

    private sealed class Worker(int part) : IDisposable
    {
        private readonly SemaphoreSlim _wake = new(0);
        private int _isAsleep;

        public int Part { get; } = part;

        public void WakeIfAsleep()
        {
            if (Interlocked.Exchange(ref _isAsleep, 0) == 1)
                _wake.Release();
        }

        // Announces the sleep before the last look, so that a job posted in between wakes it.
        public void SleepUnlessBeyond(ref int epoch, int done)
        {
            Interlocked.Exchange(ref _isAsleep, 1);
            if (Volatile.Read(ref epoch) != done && Interlocked.Exchange(ref _isAsleep, 0) == 1)
                return;
            _wake.Wait();
        }

        public void Dispose() => _wake.Dispose();
    }
}
