using ILGPU;
using ILGPU.Runtime.Cuda;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>The sizes of a group's share of a product on tensor cores.</summary>
internal static class TensorTile
{
    /// <summary>Rows and columns of the results of a group.</summary>
    public const int Side = 128;

    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    /// <summary>Bytes of a row that are in shared memory at a time.</summary>
    public const int DepthBytes = 64;
}

/// <summary>Memory that a program addresses by itself: nothing in a kernel tells where a view lies.</summary>
/// <param name="View">The memory, for whoever checks what a program may touch.</param>
/// <param name="Address">Where it lies on the device.</param>
internal readonly record struct TensorOperand(ArrayView<float> View, ulong Address);

/// <summary>A form of numbers that tensor cores multiply.</summary>
internal interface ITensorFormat
{
    /// <summary>Whether two bfloat16 share a word, or one number in TF32 fills it.</summary>
    static abstract bool IsPair { get; }
}

/// <summary>bfloat16: the upper half of a float32, rounded to nearest.</summary>
internal readonly struct BFloat16Format : ITensorFormat
{
    public static bool IsPair => true;
}

/// <summary>TF32: a float32 of which 10 digits after the point are read, rounded to nearest.</summary>
internal readonly struct Tf32Format : ITensorFormat
{
    public static bool IsPair => false;
}

/// <summary>
/// Parts of c = a bᵀ on tensor cores, from NVIDIA's compute capability 8.0 on: a group of 256 threads, 8 warps, for each 128 x 128 results; each warp has 64 x 32 of them.
/// Operands are packed (<see cref="TensorPackKernel{TFormat}"/>): rows of whole 64 bytes, K along the row, and whole tiles of rows. The third axis of the grid
/// is that of the parts that K is cut into; one part alone may add to what is there.
/// </summary>
/// <remarks>
/// <para>While the warps multiply one tile of 64 bytes of each row, the next one is on its way into shared memory (<c>cp.async</c>). Rows lie 80 bytes
/// apart there, so that the eight rows that <c>ldmatrix</c> reads at once begin in different banks. A fragment of 16 bytes a row is 8 numbers in bfloat16 or 4 in
/// TF32; the threads that hold them are the same, so that only the instruction differs.</para>
/// <para>Results and fragments are registers of the program's own, declared in its text: what ILGPU passes out of such a text goes through the stack.</para>
/// </remarks>
internal readonly struct TensorMatMulKernel<TFormat>(
    TensorOperand a, TensorOperand b, TensorOperand c, int rows, int columns, int rowBytes, int partBytes, Flag adds) : IGroupKernel
    where TFormat : struct, ITensorFormat
{
    private const uint RowPitch = 80;
    private const uint OperandBytes = TensorTile.Side * RowPitch;

    private const string Declare =
        ".shared .align 128 .b8 tiles[40960]; .reg .f32 c<64>; .reg .b32 a<16>; .reg .b32 b<8>; .reg .b32 left; .reg .b32 right; .reg .b32 to; .reg .b32 base; " +
        ".reg .b32 stage; .reg .b64 fromLeft; .reg .b64 fromRight; mov.u32 base, tiles; mov.u32 stage, 20480;";

    private const string Clear =
        "mov.f32 c0, 0f00000000; mov.f32 c1, 0f00000000; mov.f32 c2, 0f00000000; mov.f32 c3, 0f00000000; " +
        "mov.f32 c4, 0f00000000; mov.f32 c5, 0f00000000; mov.f32 c6, 0f00000000; mov.f32 c7, 0f00000000; " +
        "mov.f32 c8, 0f00000000; mov.f32 c9, 0f00000000; mov.f32 c10, 0f00000000; mov.f32 c11, 0f00000000; " +
        "mov.f32 c12, 0f00000000; mov.f32 c13, 0f00000000; mov.f32 c14, 0f00000000; mov.f32 c15, 0f00000000; " +
        "mov.f32 c16, 0f00000000; mov.f32 c17, 0f00000000; mov.f32 c18, 0f00000000; mov.f32 c19, 0f00000000; " +
        "mov.f32 c20, 0f00000000; mov.f32 c21, 0f00000000; mov.f32 c22, 0f00000000; mov.f32 c23, 0f00000000; " +
        "mov.f32 c24, 0f00000000; mov.f32 c25, 0f00000000; mov.f32 c26, 0f00000000; mov.f32 c27, 0f00000000; " +
        "mov.f32 c28, 0f00000000; mov.f32 c29, 0f00000000; mov.f32 c30, 0f00000000; mov.f32 c31, 0f00000000; " +
        "mov.f32 c32, 0f00000000; mov.f32 c33, 0f00000000; mov.f32 c34, 0f00000000; mov.f32 c35, 0f00000000; " +
        "mov.f32 c36, 0f00000000; mov.f32 c37, 0f00000000; mov.f32 c38, 0f00000000; mov.f32 c39, 0f00000000; " +
        "mov.f32 c40, 0f00000000; mov.f32 c41, 0f00000000; mov.f32 c42, 0f00000000; mov.f32 c43, 0f00000000; " +
        "mov.f32 c44, 0f00000000; mov.f32 c45, 0f00000000; mov.f32 c46, 0f00000000; mov.f32 c47, 0f00000000; " +
        "mov.f32 c48, 0f00000000; mov.f32 c49, 0f00000000; mov.f32 c50, 0f00000000; mov.f32 c51, 0f00000000; " +
        "mov.f32 c52, 0f00000000; mov.f32 c53, 0f00000000; mov.f32 c54, 0f00000000; mov.f32 c55, 0f00000000; " +
        "mov.f32 c56, 0f00000000; mov.f32 c57, 0f00000000; mov.f32 c58, 0f00000000; mov.f32 c59, 0f00000000; " +
        "mov.f32 c60, 0f00000000; mov.f32 c61, 0f00000000; mov.f32 c62, 0f00000000; mov.f32 c63, 0f00000000;";

    // Where the warp's fragments begin in shared memory, and where what the thread fetches goes to.
    private const string Place = "add.u32 left, base, %0; add.u32 right, base, %1; add.u32 to, base, %2;";

    private const string FetchFrom = "mov.u64 fromLeft, %0; mov.u64 fromRight, %1;";

    // 32 bytes of a row of each operand, 16 at a time.
    private const string Fetch =
        "cp.async.cg.shared.global [to], [fromLeft], 16; cp.async.cg.shared.global [to+16], [fromLeft+16], 16; " +
        "cp.async.cg.shared.global [to+10240], [fromRight], 16; cp.async.cg.shared.global [to+10256], [fromRight+16], 16; " +
        "cp.async.commit_group; add.u64 fromLeft, fromLeft, 64; add.u64 fromRight, fromRight, 64;";

    private const string Await = "cp.async.wait_group 0;";

    // Two stages take turns: what is read is one away from what is fetched.
    private const string FetchIntoNextStage = "add.u32 to, to, stage;";

    private const string ReadNextStage = "add.u32 left, left, stage; add.u32 right, right, stage; neg.s32 stage, stage;";

    // Fragments of 32 bytes of K, the first and the second: 32 columns, 64 rows.
    private const string LoadFirst =
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {b0,b1,b2,b3}, [right]; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {b4,b5,b6,b7}, [right+1280]; " +
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a0,a1,a2,a3}, [left]; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a4,a5,a6,a7}, [left+1280]; " +
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a8,a9,a10,a11}, [left+2560]; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a12,a13,a14,a15}, [left+3840]; ";

    private const string LoadSecond =
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {b0,b1,b2,b3}, [right+32]; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {b4,b5,b6,b7}, [right+1312]; " +
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a0,a1,a2,a3}, [left+32]; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a4,a5,a6,a7}, [left+1312]; " +
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a8,a9,a10,a11}, [left+2592]; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {a12,a13,a14,a15}, [left+3872]; ";

    private const string BFloat16 = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 ";
    private const string Tf32 = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";

    private const string MultiplyBFloat16 =
        BFloat16 + T00 + BFloat16 + T01 + BFloat16 + T02 + BFloat16 + T03 + BFloat16 + T10 + BFloat16 + T11 + BFloat16 + T12 + BFloat16 + T13 +
        BFloat16 + T20 + BFloat16 + T21 + BFloat16 + T22 + BFloat16 + T23 + BFloat16 + T30 + BFloat16 + T31 + BFloat16 + T32 + BFloat16 + T33;

    private const string MultiplyTf32 =
        Tf32 + T00 + Tf32 + T01 + Tf32 + T02 + Tf32 + T03 + Tf32 + T10 + Tf32 + T11 + Tf32 + T12 + Tf32 + T13 +
        Tf32 + T20 + Tf32 + T21 + Tf32 + T22 + Tf32 + T23 + Tf32 + T30 + Tf32 + T31 + Tf32 + T32 + Tf32 + T33;

    // Operands of the product of row block i and column block j of a warp: 16 x 8 results, four a thread.
    private const string T00 = "{c0,c1,c2,c3}, {a0,a1,a2,a3}, {b0,b1}, {c0,c1,c2,c3}; ";
    private const string T01 = "{c4,c5,c6,c7}, {a0,a1,a2,a3}, {b2,b3}, {c4,c5,c6,c7}; ";
    private const string T02 = "{c8,c9,c10,c11}, {a0,a1,a2,a3}, {b4,b5}, {c8,c9,c10,c11}; ";
    private const string T03 = "{c12,c13,c14,c15}, {a0,a1,a2,a3}, {b6,b7}, {c12,c13,c14,c15}; ";
    private const string T10 = "{c16,c17,c18,c19}, {a4,a5,a6,a7}, {b0,b1}, {c16,c17,c18,c19}; ";
    private const string T11 = "{c20,c21,c22,c23}, {a4,a5,a6,a7}, {b2,b3}, {c20,c21,c22,c23}; ";
    private const string T12 = "{c24,c25,c26,c27}, {a4,a5,a6,a7}, {b4,b5}, {c24,c25,c26,c27}; ";
    private const string T13 = "{c28,c29,c30,c31}, {a4,a5,a6,a7}, {b6,b7}, {c28,c29,c30,c31}; ";
    private const string T20 = "{c32,c33,c34,c35}, {a8,a9,a10,a11}, {b0,b1}, {c32,c33,c34,c35}; ";
    private const string T21 = "{c36,c37,c38,c39}, {a8,a9,a10,a11}, {b2,b3}, {c36,c37,c38,c39}; ";
    private const string T22 = "{c40,c41,c42,c43}, {a8,a9,a10,a11}, {b4,b5}, {c40,c41,c42,c43}; ";
    private const string T23 = "{c44,c45,c46,c47}, {a8,a9,a10,a11}, {b6,b7}, {c44,c45,c46,c47}; ";
    private const string T30 = "{c48,c49,c50,c51}, {a12,a13,a14,a15}, {b0,b1}, {c48,c49,c50,c51}; ";
    private const string T31 = "{c52,c53,c54,c55}, {a12,a13,a14,a15}, {b2,b3}, {c52,c53,c54,c55}; ";
    private const string T32 = "{c56,c57,c58,c59}, {a12,a13,a14,a15}, {b4,b5}, {c56,c57,c58,c59}; ";
    private const string T33 = "{c60,c61,c62,c63}, {a12,a13,a14,a15}, {b6,b7}, {c60,c61,c62,c63}; ";

    // A block of 16 rows, to and from memory: %0 is the address of a thread's results in its first row, %1 that 8 rows below.
    private const string Store0 = "st.global.v2.f32 [%0], {c0,c1}; st.global.v2.f32 [%1], {c2,c3}; st.global.v2.f32 [%0+32], {c4,c5}; st.global.v2.f32 [%1+32], {c6,c7}; " +
        "st.global.v2.f32 [%0+64], {c8,c9}; st.global.v2.f32 [%1+64], {c10,c11}; st.global.v2.f32 [%0+96], {c12,c13}; st.global.v2.f32 [%1+96], {c14,c15};";

    private const string Store1 = "st.global.v2.f32 [%0], {c16,c17}; st.global.v2.f32 [%1], {c18,c19}; st.global.v2.f32 [%0+32], {c20,c21}; st.global.v2.f32 [%1+32], {c22,c23}; " +
        "st.global.v2.f32 [%0+64], {c24,c25}; st.global.v2.f32 [%1+64], {c26,c27}; st.global.v2.f32 [%0+96], {c28,c29}; st.global.v2.f32 [%1+96], {c30,c31};";

    private const string Store2 = "st.global.v2.f32 [%0], {c32,c33}; st.global.v2.f32 [%1], {c34,c35}; st.global.v2.f32 [%0+32], {c36,c37}; st.global.v2.f32 [%1+32], {c38,c39}; " +
        "st.global.v2.f32 [%0+64], {c40,c41}; st.global.v2.f32 [%1+64], {c42,c43}; st.global.v2.f32 [%0+96], {c44,c45}; st.global.v2.f32 [%1+96], {c46,c47};";

    private const string Store3 = "st.global.v2.f32 [%0], {c48,c49}; st.global.v2.f32 [%1], {c50,c51}; st.global.v2.f32 [%0+32], {c52,c53}; st.global.v2.f32 [%1+32], {c54,c55}; " +
        "st.global.v2.f32 [%0+64], {c56,c57}; st.global.v2.f32 [%1+64], {c58,c59}; st.global.v2.f32 [%0+96], {c60,c61}; st.global.v2.f32 [%1+96], {c62,c63};";

    private const string Load0 = "ld.global.v2.f32 {c0,c1}, [%0]; ld.global.v2.f32 {c2,c3}, [%1]; ld.global.v2.f32 {c4,c5}, [%0+32]; ld.global.v2.f32 {c6,c7}, [%1+32]; " +
        "ld.global.v2.f32 {c8,c9}, [%0+64]; ld.global.v2.f32 {c10,c11}, [%1+64]; ld.global.v2.f32 {c12,c13}, [%0+96]; ld.global.v2.f32 {c14,c15}, [%1+96];";

    private const string Load1 = "ld.global.v2.f32 {c16,c17}, [%0]; ld.global.v2.f32 {c18,c19}, [%1]; ld.global.v2.f32 {c20,c21}, [%0+32]; ld.global.v2.f32 {c22,c23}, [%1+32]; " +
        "ld.global.v2.f32 {c24,c25}, [%0+64]; ld.global.v2.f32 {c26,c27}, [%1+64]; ld.global.v2.f32 {c28,c29}, [%0+96]; ld.global.v2.f32 {c30,c31}, [%1+96];";

    private const string Load2 = "ld.global.v2.f32 {c32,c33}, [%0]; ld.global.v2.f32 {c34,c35}, [%1]; ld.global.v2.f32 {c36,c37}, [%0+32]; ld.global.v2.f32 {c38,c39}, [%1+32]; " +
        "ld.global.v2.f32 {c40,c41}, [%0+64]; ld.global.v2.f32 {c42,c43}, [%1+64]; ld.global.v2.f32 {c44,c45}, [%0+96]; ld.global.v2.f32 {c46,c47}, [%1+96];";

    private const string Load3 = "ld.global.v2.f32 {c48,c49}, [%0]; ld.global.v2.f32 {c50,c51}, [%1]; ld.global.v2.f32 {c52,c53}, [%0+32]; ld.global.v2.f32 {c54,c55}, [%1+32]; " +
        "ld.global.v2.f32 {c56,c57}, [%0+64]; ld.global.v2.f32 {c58,c59}, [%1+64]; ld.global.v2.f32 {c60,c61}, [%0+96]; ld.global.v2.f32 {c62,c63}, [%1+96];";

    public void Run()
    {
        CudaAsm.Emit(Declare);
        CudaAsm.Emit(Clear);
        uint thread = (uint)Group.IdxX;
        uint lane = thread & 31;
        uint warpRow = thread >> 7;
        uint warpColumn = (thread >> 5) & 3;
        uint firstRow = (uint)Grid.IdxX * TensorTile.Side;
        uint firstColumn = (uint)Grid.IdxY * TensorTile.Side;
        uint part = (uint)Grid.IdxZ;

        // Two threads a row fetch 32 bytes each.
        uint row = thread >> 1;
        uint half = (thread & 1) * 32;
        uint start = part * (uint)partBytes;
        ulong fromA = a.Address + (ulong)(firstRow + row) * (uint)rowBytes + start + half;
        ulong fromB = b.Address + (ulong)(firstColumn + row) * (uint)rowBytes + start + half;
        uint into = row * RowPitch + half;

        // Which row each lane gives to ldmatrix: of the left operand rows 0 to 15 and then the next 16 bytes; of the right the first two blocks lie side by
        // side along K, the other two below.
        uint left = (warpRow * 64 + (lane & 15)) * RowPitch + (lane >> 4) * 16;
        uint right = OperandBytes + (warpColumn * 32 + (lane & 7) + (lane >> 4) * 8) * RowPitch + ((lane >> 3) & 1) * 16;

        ulong rowOfC = (ulong)(uint)columns * sizeof(float);
        ulong to = c.Address + part * (uint)rows * rowOfC + (firstRow + warpRow * 64 + (lane >> 2)) * rowOfC
            + (ulong)(firstColumn + warpColumn * 32 + (lane & 3) * 2) * sizeof(float);
        if (adds)
        {
            CudaAsm.Emit(Load0, to, to + 8 * rowOfC);
            CudaAsm.Emit(Load1, to + 16 * rowOfC, to + 24 * rowOfC);
            CudaAsm.Emit(Load2, to + 32 * rowOfC, to + 40 * rowOfC);
            CudaAsm.Emit(Load3, to + 48 * rowOfC, to + 56 * rowOfC);
        }

        uint end = start + (uint)partBytes < (uint)rowBytes ? start + (uint)partBytes : (uint)rowBytes;
        uint tiles = (end - start) / TensorTile.DepthBytes;
        CudaAsm.Emit(Place, left, right, into);
        CudaAsm.Emit(FetchFrom, fromA, fromB);
        CudaAsm.Emit(Fetch);
        for (uint tile = 1; tile <= tiles; tile++)
        {
            CudaAsm.Emit(Await);
            Group.Barrier();
            CudaAsm.Emit(FetchIntoNextStage);
            if (tile < tiles)
                CudaAsm.Emit(Fetch);
            if (TFormat.IsPair)
                CudaAsm.Emit(LoadFirst + MultiplyBFloat16 + LoadSecond + MultiplyBFloat16 + ReadNextStage);
            else
                CudaAsm.Emit(LoadFirst + MultiplyTf32 + LoadSecond + MultiplyTf32 + ReadNextStage);
        }

        CudaAsm.Emit(Store0, to, to + 8 * rowOfC);
        CudaAsm.Emit(Store1, to + 16 * rowOfC, to + 24 * rowOfC);
        CudaAsm.Emit(Store2, to + 32 * rowOfC, to + 40 * rowOfC);
        CudaAsm.Emit(Store3, to + 48 * rowOfC, to + 56 * rowOfC);
    }
}
