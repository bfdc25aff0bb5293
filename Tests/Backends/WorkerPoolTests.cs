using MiniLstm.Engine;

namespace MiniLstm.Tests;

public sealed class WorkerPoolTests
{
    private const int Count = 3;

    [Test]
    public void Run_ManyJobs_CallsEachPartOnce()
    {
        using var pool = new WorkerPool(Count);
        int[] calls = new int[Count];
        for (int job = 0; job < 200; job++)
            pool.Run(part => calls[part]++);
        Assert.That(calls, Is.All.EqualTo(200));
    }

    [Test]
    public void Run_AfterWorkersFellAsleep_WakesThem()
    {
        using var pool = new WorkerPool(Count);
        int calls = 0;
        pool.Run(_ => Interlocked.Increment(ref calls));
        Thread.Sleep(50);
        pool.Run(_ => Interlocked.Increment(ref calls));
        Assert.That(calls, Is.EqualTo(2 * Count));
    }

    [Test]
    public void Barrier_InEveryRound_KeepsPartsTogether()
    {
        using var pool = new WorkerPool(Count);
        int[] rounds = new int[Count];
        bool apart = false;
        pool.Run(
            part =>
            {
                for (int round = 1; round <= 100; round++)
                {
                    Volatile.Write(ref rounds[part], round);
                    pool.Barrier();
                    for (int other = 0; other < Count; other++)
                        apart |= Volatile.Read(ref rounds[other]) < round;
                    pool.Barrier();
                }
            },
            meets: true);
        Assert.That(apart, Is.False);
    }

    [TestCase(0)]
    [TestCase(1)]
    public void Run_OnePartFails_ThrowsItsErrorAndGoesOn(int failing)
    {
        using var pool = new WorkerPool(Count);
        Assert.That(
            () => pool.Run(
                part =>
                {
                    if (part == failing)
                        throw new FormatException("on purpose");
                    pool.Barrier();
                },
                meets: true),
            Throws.TypeOf<FormatException>());

        int calls = 0;
        pool.Run(
            _ =>
            {
                pool.Barrier();
                Interlocked.Increment(ref calls);
            },
            meets: true);
        Assert.That(calls, Is.EqualTo(Count), "the next job is none the worse for it");
    }

    [Test]
    public void Run_AfterDispose_Throws()
    {
        var pool = new WorkerPool(Count);
        pool.Dispose();
        Assert.That(() => pool.Run(_ => { }), Throws.TypeOf<ObjectDisposedException>());
    }
}
