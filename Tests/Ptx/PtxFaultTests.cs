namespace MiniLstm.Tests;

/// <summary>Programs with a fault: each is found, and the message says what and where.</summary>
public sealed class PtxFaultTests
{
    // Each thread leaves a value, and takes that of the thread across: right with a barrier between.
    private const string Exchange = """
        ld.global.b32 %r2, [%rd4];
        st.shared.b32 [%rd7], %r2;
        bar.sync 0;
        xor.b32 %r3, %r1, 63;
        mul.wide.u32 %rd8, %r3, 4;
        add.u64 %rd9, %rd6, %rd8;
        ld.shared.b32 %r4, [%rd9];
        st.global.b32 [%rd5], %r4;
        """;

    // A copy that is on its way while the program goes on: right if it is waited for.
    private const string Copy = """
        mul.wide.u32 %rd8, %r1, 16;
        add.u64 %rd9, %rd1, %rd8;
        add.u64 %rd10, %rd6, %rd8;
        cp.async.cg.shared.global [%rd10], [%rd9], 16;
        cp.async.commit_group;
        cp.async.wait_group 0;
        bar.sync 0;
        ld.shared.b32 %r4, [%rd7];
        st.global.b32 [%rd5], %r4;
        """;

    [Test]
    public void Exchange_WithoutAFault_Works() => Assert.That(Run(Exchange), Is.EqualTo(Enumerable.Range(0, 64).Reverse()));

    [Test]
    public void Copy_WithoutAFault_Works() => Assert.That(Run(Copy), Is.EqualTo(Enumerable.Range(0, 64)));

    [Test]
    public void Barrier_Missing_IsARace() => Fails(
        Exchange.Replace("bar.sync 0;", ""),
        "line 26, 'ld.shared.b32 %r4, [%rd9]': group (0, 0, 0): thread 0 reads byte 252 of tile, where nothing was written");

    [Test]
    public void Barrier_MissingBeforeTheNextWrite_IsARace() => Fails(
        Exchange + "st.shared.b32 [%rd7], %r4;",
        "'ld.shared.b32 %r4, [%rd9]': group (0, 0, 0): thread 32 reads byte 124 of tile, which thread 31 wrote since the last barrier");

    [Test]
    public void Threads_ThatWriteOnePlace_AreARace() => Fails(
        "st.shared.b32 [%rd6], %r1;", "thread 1 writes byte 0 of tile, which thread 0 wrote since the last barrier");

    [Test]
    public void Barrier_WhichSomeThreadsDoNotReach_IsNamed() => Fails(
        """
        setp.lt.u32 %p1, %r1, 40;
        @%p1 bra L_1;
        bar.sync 0;
        ret;
        L_1:
        bar.sync 0;
        """,
        "'bar.sync 0': group (0, 0, 0): some threads wait at this barrier, threads 40-63 wait at line 22");

    [Test]
    public void Barrier_AfterSomeThreadsEnded_IsNamed() => Fails(
        """
        setp.lt.u32 %p1, %r1, 3;
        @%p1 ret;
        bar.sync 0;
        """,
        "'bar.sync 0': group (0, 0, 0): some threads wait at this barrier, threads 0-2 have ended");

    [Test]
    public void Wait_LeftOut_IsNamed() => Fails(
        Copy.Replace("cp.async.wait_group 0;", ""),
        "'ld.shared.b32 %r4, [%rd7]': group (0, 0, 0): byte 0 of tile is the target of the copy of line 23, which was not waited for");

    [Test]
    public void Wait_ForOneGroupLess_IsNamed() => Fails(
        Copy.Replace("wait_group 0", "wait_group 1"), "is the target of the copy of line 23, which was not waited for");

    [Test]
    public void Copy_OverWhatIsStillRead_IsARace() => Fails(
        Copy + """
        cp.async.cg.shared.global [%rd10], [%rd9], 16;
        """,
        "thread 0 writes byte 4 of tile, which thread 1 read since the last barrier");

    [Test]
    public void Index_OneTooFar_IsOutside() => Fails(
        Exchange.Replace("st.global.b32 [%rd5]", "st.global.b32 [%rd5+4]"),
        "'st.global.b32 [%rd5+4], %r4': group (0, 0, 0): thread 63 accesses 4 bytes outside of global memory, which is byte 256 of to, of 256 bytes");

    [Test]
    public void Index_OneBeforeTheFirst_IsOutside() => Fails(
        Exchange.Replace("ld.global.b32 %r2, [%rd4]", "ld.global.b32 %r2, [%rd4+-4]"),
        "thread 0 accesses 4 bytes outside of global memory, which is byte -4 of from");

    [Test]
    public void TileOffset_Wrong_IsOutsideOfTheArray() => Fails(
        Exchange.Replace("st.shared.b32 [%rd7]", "st.shared.b32 [%rd7+1000]"),
        "thread 6 accesses 4 bytes outside of shared memory, which is byte 1024 of tile, of 1024 bytes");

    [Test]
    public void TileOffset_OfAnotherRow_IsReadBeforeItIsWritten() => Fails(
        Exchange.Replace("ld.shared.b32 %r4, [%rd9]", "ld.shared.b32 %r4, [%rd9+16]"), "thread 0 reads byte 268 of tile, where nothing was written");

    [Test]
    public void Vector_AtNoMultipleOfItsSize_IsNamed() => Fails(
        "ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1+8];", "thread 0 accesses 16 bytes at byte 8 of from, global address");

    [Test]
    public void Register_WithoutAValue_IsNamed() => Fails(
        """
        setp.lt.u32 %p1, %r1, 5;
        @%p1 mov.b32 %r9, 1;
        st.global.b32 [%rd5], %r9;
        """,
        "'st.global.b32 [%rd5], %r9': group (0, 0, 0): threads 5-31 read %r9, which has no value");

    [Test]
    public void Collective_WithoutAllOfItsWarp_IsNamed() => Fails(
        """
        setp.lt.u32 %p1, %r1, 30;
        @%p1 shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;
        """,
        "of its warp, threads 30-31 are not here");

    [Test]
    public void Division_ByZero_IsNamed() => Fails("div.u32 %r2, %r1, 0;", "'div.u32 %r2, %r1, 0': group (0, 0, 0): Attempted to divide by zero.");

    [Test]
    public void Instruction_Unknown_IsNamed() => Fails("tanh.approx.f32 %f1, %f2;", "line 20, 'tanh.approx.f32 %f1, %f2': the instruction is not known");

    [Test]
    public void Register_NotDeclared_IsNamed() => Fails("mov.b32 %r99, 1;", "line 20, 'mov.b32 %r99, 1': %r99 is no register");

    private static uint[] Run(string body) => PtxProgram.Run(body, [.. Enumerable.Range(0, 256).Select(i => (uint)i)], results: 64, threads: 64);

    private static void Fails(string body, string message) => Assert.That(() => Run(body), Throws.TypeOf<PtxFaultException>().With.Message.Contains(message));
}
