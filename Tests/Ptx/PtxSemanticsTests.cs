namespace MiniLstm.Tests;

/// <summary>What instructions mean, against values worked out by other means.</summary>
public sealed class PtxSemanticsTests
{
    [TestCase("shr.s64 %rd8, -8, 1; cvt.u32.u64 %r2, %rd8;", 0xFFFFFFFCu)]
    [TestCase("shr.u32 %r2, -8, 40;", 0u)]
    [TestCase("shr.s32 %r2, -8, 40;", 0xFFFFFFFFu)]
    [TestCase("shl.b32 %r2, 1, 32;", 0u)]
    [TestCase("mul.wide.s32 %rd8, -3, 5; cvt.u32.u64 %r2, %rd8;", 0xFFFFFFF1u)]
    [TestCase("mul.hi.u32 %r2, 0x80000000, 6;", 3u)]
    [TestCase("rem.s32 %r2, -7, 4;", 0xFFFFFFFDu)]
    [TestCase("setp.lo.u32 %p1, 1, -1; selp.b32 %r2, 7, 9, %p1;", 7u)]
    [TestCase("setp.lt.s32 %p1, 1, -1; selp.b32 %r2, 7, 9, %p1;", 9u)]
    [TestCase("setp.lt.f32 %p1, 0f7FC00000, 0f3F800000; selp.b32 %r2, 7, 9, %p1;", 9u)]
    [TestCase("setp.ltu.f32 %p1, 0f7FC00000, 0f3F800000; selp.b32 %r2, 7, 9, %p1;", 7u)]
    [TestCase("setp.ne.f32 %p1, 0f7FC00000, 0f3F800000; selp.b32 %r2, 7, 9, %p1;", 9u)]
    [TestCase("max.f32 %f1, 0f7FC00000, 0f3F800000; mov.b32 %r2, %f1;", 0x3F800000u)]
    [TestCase("cvt.rzi.s32.f32 %r2, 0fC0200000;", 0xFFFFFFFEu)]
    [TestCase("cvt.rn.f32.f64 %f1, 0d3FF0000010000000; mov.b32 %r2, %f1;", 0x3F800000u)]
    [TestCase("cvt.rna.tf32.f32 %r2, 0f3F801000;", 0x3F802000u)]
    [TestCase("cvt.rn.bf16x2.f32 %r2, 0f3F818000, 0f3F808000;", 0x3F823F80u)]
    [TestCase("mov.b32 %r3, 2; brx.idx %r3, L_t; L_t: .branchtargets L_a, L_b, L_c; L_a: L_b: mov.b32 %r2, 1; bra L_d; L_c: mov.b32 %r2, 3; L_d:", 3u)]
    public void Value_OfOneThread_IsRight(string body, uint expected) =>
        Assert.That(PtxProgram.Run(body + "st.global.b32 [%rd5], %r2;", [0], results: 1, threads: 1), Is.EqualTo([expected]));

    // Lanes take ways of their own, as often as their number says, and meet again.
    [Test]
    public void Loops_OfDifferentLengths_MeetAgain()
    {
        const string Body = """
            mov.b32 %r2, 0;
            mov.b32 %r3, 0;
            L_loop:
            setp.ge.u32 %p1, %r3, %r1;
            @%p1 bra L_end;
            add.u32 %r2, %r2, %r3;
            add.u32 %r3, %r3, 1;
            bra.uni L_loop;
            L_end:
            shfl.sync.idx.b32 %r4, %r2, 5, 31, -1;
            add.u32 %r4, %r4, %r2;
            st.global.b32 [%rd5], %r4;
            """;

        Assert.That(PtxProgram.Run(Body, [0], results: 32), Is.EqualTo(Enumerable.Range(0, 32).Select(i => i * (i - 1) / 2 + 10)));
    }

    [TestCase("bfly.b32 %r2, %r1, 5, 31, -1;", new[] { 5, 4, 7, 6 })]
    [TestCase("down.b32 %r2, %r1, 2, 31, -1;", new[] { 2, 3, 4, 5 })]
    [TestCase("up.b32 %r2, %r1, 2, 0, -1;", new[] { 0, 1, 0, 1 })]
    [TestCase("idx.b32 %r2, %r1, 31, 31, -1;", new[] { 31, 31, 31, 31 })]
    public void Shuffle_EachMode_TakesFromItsPartner(string body, int[] first) =>
        Assert.That(PtxProgram.Run($"shfl.sync.{body} st.global.b32 [%rd5], %r2;", [0], results: 32).Take(4), Is.EqualTo(first));

    [Test]
    public void Additions_OfAllThreads_AddUp()
    {
        const string Body = "mov.b32 %r2, 3; red.global.add.u32 [%rd2], %r2; atom.global.add.f32 %f1, [%rd2+4], 0f3F800000;";

        Assert.That(PtxProgram.Run(Body, [0], results: 2, threads: 64), Is.EqualTo([192u, BitConverter.SingleToUInt32Bits(64)]));
    }

    // Rows of 16 bytes with halves 0, 1, 2, ...: lane l gets two neighbours of row l / 4, or of column l / 4.
    [TestCase("", 0, 1)]
    [TestCase(".trans", 0, 8)]
    public void LoadMatrix_GivesNeighboursOfARowOrColumn(string transposed, int low, int high)
    {
        string body = $$"""
            mul.lo.u32 %r2, %r1, 131074;
            add.u32 %r2, %r2, 65536;
            st.shared.b32 [%rd7], %r2;
            bar.sync 0;
            and.b32 %r3, %r1, 7;
            mul.wide.u32 %rd8, %r3, 16;
            add.u64 %rd9, %rd6, %rd8;
            ldmatrix.sync.aligned.m8n8.x1{{transposed}}.shared.b16 {%r4}, [%rd9];
            st.global.b32 [%rd5], %r4;
            """;
        uint[] pairs = PtxProgram.Run(body, [0], results: 32);

        // Of lane 6: row 1, place 4; or column 1, place 4.
        int factor = transposed.Length == 0 ? 1 : 8;
        int start = transposed.Length == 0 ? 8 + 4 : 4 * 8 + 1;
        Assert.That(pairs[0], Is.EqualTo((uint)(low | high << 16)));
        Assert.That(pairs[6], Is.EqualTo((uint)(start | (start + factor) << 16)));
    }

    // a holds 1 at one place and b counts its own: so a row of b appears in a row of d.
    [Test]
    public void MultiplyMatrices_UnitElement_PicksARow()
    {
        // Register a3 of lane 6 is row 9 and, of tf32, column 6: b's row 6 is in register b1 of lanes with l % 4 = 2.
        const string Body = """
            setp.eq.u32 %p1, %r1, 6;
            selp.b32 %r2, 0f3F800000, 0f00000000, %p1;
            mov.b32 %r3, 0;
            cvt.rn.f32.u32 %f1, %r1;
            mov.b32 %r4, %f1;
            mov.f32 %f2, 0f3F000000;
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f4, %f5, %f6, %f7}, {%r3, %r3, %r3, %r2}, {%r3, %r4}, {%f2, %f2, %f2, %f2};
            mul.wide.u32 %rd8, %r1, 16;
            add.u64 %rd9, %rd2, %rd8;
            st.global.v4.f32 [%rd9], {%f4, %f5, %f6, %f7};
            """;
        float[] d = [.. PtxProgram.Run(Body, [0], results: 128).Select(BitConverter.UInt32BitsToSingle)];

        // Row 9 is in registers 2 and 3 of lanes 4 to 7; column n of b is held by lane 4 n + 2.
        for (int lane = 0; lane < 32; lane++)
        {
            bool isRow = lane / 4 == 1;
            int column = lane % 4 * 2;
            float[] expected = isRow ? [0.5f, 0.5f, 4 * column + 2.5f, 4 * column + 6.5f] : [0.5f, 0.5f, 0.5f, 0.5f];
            Assert.That(d[(4 * lane)..(4 * lane + 4)], Is.EqualTo(expected), $"lane {lane}");
        }
    }
}
