using System.Globalization;

namespace MiniLstm.Tests;

/// <summary>What all threads of a warp do together: exchange values, load matrices, multiply them.</summary>
public static class PtxCollectives
{
    /// <summary>The instruction, if it is one of these.</summary>
    public static PtxInstruction? TryDecode(PtxDecoder decoder, PtxStatement statement) => statement.Opcode.Split('.') switch
    {
        ["shfl", "sync", var mode, "b32"] => Shuffle(decoder, statement, mode),
        ["ldmatrix", "sync", "aligned", "m8n8", var count, "shared", "b16"] => LoadMatrices(decoder, statement, count, isTransposed: false),
        ["ldmatrix", "sync", "aligned", "m8n8", var count, "trans", "shared", "b16"] => LoadMatrices(decoder, statement, count, isTransposed: true),
        ["mma", "sync", "aligned", "m16n8k16", "row", "col", "f32", "bf16", "bf16", "f32"] => Multiply(decoder, statement, PtxFragments.BFloat16),
        ["mma", "sync", "aligned", "m16n8k8", "row", "col", "f32", "tf32", "tf32", "f32"] => Multiply(decoder, statement, PtxFragments.Tf32),
        _ => null,
    };

    private static void RequireAll(PtxWarp warp, uint lanes)
    {
        if (lanes != warp.Threads || warp.Threads != uint.MaxValue)
            throw new PtxFaultException($"of its warp, threads {LaneSet.Describe(~lanes, warp.FirstThread)} are not here");
    }

    // The operands after the value: which lane, how lanes are bounded, who takes part.
    private static PtxInstruction Shuffle(PtxDecoder decoder, PtxStatement statement, string mode)
    {
        if (mode is not ("bfly" or "down" or "up" or "idx"))
            throw new PtxFaultException($"the mode {mode} is not known");
        string[] destinations = statement.Operands[0].Split('|');
        int to = decoder.Destination(destinations[0]);
        int? isInRange = destinations.Length > 1 ? decoder.Destination(destinations[1]) : null;
        int[] from = [.. statement.Operands.Skip(1).Select(decoder.Source)];
        return new(statement, PtxFlow.Next)
        {
            Reads = [.. from],
            Writes = isInRange is { } predicate ? [to, predicate] : [to],
            Action = (warp, lanes) =>
            {
                RequireAll(warp, lanes);
                Span<ulong> before = stackalloc ulong[PtxWarp.Size];
                warp.Lanes(from[0]).CopyTo(before);
                for (int lane = 0; lane < PtxWarp.Size; lane++)
                {
                    int partner = Partner(mode, lane, (int)warp.Lanes(from[1])[lane], (uint)warp.Lanes(from[2])[lane], out bool isInside);
                    warp.Lanes(to)[lane] = before[partner];
                    if (isInRange is { } register)
                        warp.Lanes(register)[lane] = isInside ? 1UL : 0;
                }
            },
        };
    }

    // As the PTX manual defines it: bits 0-4 of the bound clamp, bits 8-12 divide the warp into segments.
    private static int Partner(string mode, int lane, int distance, uint bound, out bool isInside)
    {
        int segment = (int)(bound >> 8) & 31;
        int clamp = (int)bound & 31;
        int last = (lane & segment) | (clamp & ~segment);
        int first = lane & segment;
        int partner = mode switch
        {
            "up" => lane - (distance & 31),
            "down" => lane + (distance & 31),
            "bfly" => lane ^ (distance & 31),
            _ => first | (distance & ~segment & 31),
        };
        isInside = mode == "up" ? partner >= last : partner <= last;
        return isInside ? partner : lane;
    }

    // Eight lanes give the rows of each matrix of 8 x 8 halves, 16 bytes each; each lane gets two neighbours of a row, or of a column.
    private static PtxInstruction LoadMatrices(PtxDecoder decoder, PtxStatement statement, string count, bool isTransposed)
    {
        int[] to = [.. PtxDecoder.Vector(statement.Operands[0]).Select(decoder.Destination)];
        if (count is not ("x1" or "x2" or "x4") || count != string.Create(CultureInfo.InvariantCulture, $"x{to.Length}"))
            throw new PtxFaultException($"{count} matrices for {to.Length} registers");
        (int start, ulong offset) = decoder.Address(statement.Operands[1]);
        return new(statement, PtxFlow.Next)
        {
            Reads = [start],
            Writes = [.. to],
            Action = (warp, lanes) =>
            {
                RequireAll(warp, lanes);
                Span<ulong> rows = stackalloc ulong[8];
                for (int matrix = 0; matrix < to.Length; matrix++)
                {
                    for (int row = 0; row < rows.Length; row++)
                    {
                        int lane = 8 * matrix + row;
                        rows[row] = warp.Lanes(start)[lane] + offset;
                        warp.Group.Shared.Check(rows[row], 16, warp.FirstThread + lane);
                    }

                    for (int lane = 0; lane < PtxWarp.Size; lane++)
                        warp.Lanes(to[matrix])[lane] = Pair(warp, rows, lane, isTransposed);
                }
            },
        };
    }

    private static ulong Pair(PtxWarp warp, ReadOnlySpan<ulong> rows, int lane, bool isTransposed)
    {
        PtxSharedMemory shared = warp.Group.Shared;
        int thread = warp.FirstThread + lane;
        int major = lane / 4;
        int minor = lane % 4 * 2;
        return isTransposed
            ? shared.Read(rows[minor] + (ulong)(2 * major), 2, thread) | shared.Read(rows[minor + 1] + (ulong)(2 * major), 2, thread) << 16
            : shared.Read(rows[major] + (ulong)(2 * minor), 4, thread);
    }

    // d = a b + c
    private static PtxInstruction Multiply(PtxDecoder decoder, PtxStatement statement, PtxFragments fragments)
    {
        int[] d = [.. PtxDecoder.Vector(statement.Operands[0]).Select(decoder.Destination)];
        int[] a = [.. PtxDecoder.Vector(statement.Operands[1]).Select(decoder.Source)];
        int[] b = [.. PtxDecoder.Vector(statement.Operands[2]).Select(decoder.Source)];
        int[] c = [.. PtxDecoder.Vector(statement.Operands[3]).Select(decoder.Source)];
        if ((d.Length, a.Length, b.Length, c.Length) != (4, 4, 2, 4))
            throw new PtxFaultException("the matrices have not 4, 4, 2 and 4 registers");
        return new(statement, PtxFlow.Next)
        {
            Reads = [.. a, .. b, .. c],
            Writes = [.. d],
            Action = (warp, lanes) =>
            {
                RequireAll(warp, lanes);
                fragments.Multiply(warp, d, a, b, c);
            },
        };
    }
}
