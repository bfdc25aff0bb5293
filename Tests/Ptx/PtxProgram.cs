using System.Runtime.InteropServices;

namespace MiniLstm.Tests;

/// <summary>Runs small programs that are written by hand: two buffers of words, of which the first is read and the second written.</summary>
internal static unsafe class PtxProgram
{
    /// <summary>The text around a body. <c>%rd1</c> and <c>%rd2</c> are the buffers, <c>%r1</c> is the thread, <c>%rd3</c> four times as much.</summary>
    public static string Text(string body) => $$"""
        .version 7.0
        .target sm_80
        .address_size 64
        .visible .entry Program(.param .b64 from, .param .b64 to)
        {
            .reg .pred %p<8>;
            .reg .b32 %r<40>;
            .reg .b64 %rd<16>;
            .reg .f32 %f<40>;
            .shared .align 16 .b8 tile[1024];
            .shared .align 16 .b8 other[1024];
            ld.param.b64 %rd1, [from];
            ld.param.b64 %rd2, [to];
            mov.b32 %r1, %tid.x;
            mul.wide.u32 %rd3, %r1, 4;
            add.u64 %rd4, %rd1, %rd3;
            add.u64 %rd5, %rd2, %rd3;
            mov.b64 %rd6, tile;
            add.u64 %rd7, %rd6, %rd3;
            {{body}}
            ret;
        }
        """;

    /// <summary>Runs a body in one group.</summary>
    /// <param name="body">The program.</param>
    /// <param name="from">What the first buffer holds.</param>
    /// <param name="results">Words of the second buffer.</param>
    /// <param name="threads">Threads of the group.</param>
    /// <returns>The second buffer.</returns>
    public static uint[] Run(string body, uint[] from, int results, int threads = 32)
    {
        // At multiples of 16 bytes, with which vectors are moved.
        uint* memory = (uint*)NativeMemory.AlignedAlloc((nuint)(4 * (from.Length + results)) + 64, 16);
        uint* to = memory + (from.Length + 3) / 4 * 4;
        try
        {
            from.CopyTo(new Span<uint>(memory, from.Length));
            new Span<uint>(to, results).Clear();
            PtxRegion[] regions = [new("from", (ulong)memory, (ulong)(4 * from.Length)), new("to", (ulong)to, (ulong)(4 * results))];
            byte[] parameters = [.. BitConverter.GetBytes((ulong)memory), .. BitConverter.GetBytes((ulong)to)];
            new PtxLaunch(PtxKernel.Load(Text(body)), parameters, new PtxGlobalMemory(regions), 1, 1, 1, threads).Run();
            return new Span<uint>(to, results).ToArray();
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }
}
