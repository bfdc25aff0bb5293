using System.Runtime.InteropServices;

namespace MiniLstm.Tests;

/// <summary>Loads, stores and atomic additions: <c>ld st atom red</c>.</summary>
public static class PtxTransfers
{
    /// <summary>The instruction, if it is one of these.</summary>
    public static PtxInstruction? TryDecode(PtxDecoder decoder, PtxStatement statement)
    {
        string[] parts = statement.Opcode.Split('.');
        return parts switch
        {
            ["ld", "param", var type] => LoadParameter(decoder, statement, Width(type)),
            ["ld", "global" or "shared", .. var rest] => Load(decoder, statement, parts[1], rest),
            ["st", "global" or "shared", .. var rest] => Store(decoder, statement, parts[1], rest),
            ["atom" or "red", "global" or "shared", "add", var type] => Add(decoder, statement, parts[1], type),
            _ => null,
        };
    }

    /// <summary>Bytes of a type such as <c>f32</c>.</summary>
    /// <exception cref="PtxFaultException">It is none of those that memory holds.</exception>
    public static int Width(string type) => type switch
    {
        "b8" or "u8" => 1,
        "b16" or "u16" => 2,
        "b32" or "u32" or "s32" or "f32" => 4,
        "b64" or "u64" or "s64" or "f64" => 8,
        _ => throw new PtxFaultException($"the type {type} is not known"),
    };

    private static PtxMemory Space(PtxWarp warp, bool isShared) => isShared ? warp.Group.Shared : warp.Group.Launch.Global;

    private static PtxInstruction LoadParameter(PtxDecoder decoder, PtxStatement statement, int width)
    {
        int to = decoder.Destination(statement.Operands[0]);
        int offset = decoder.ParameterOffset(statement.Operands[1]);
        return new(statement, PtxFlow.Next)
        {
            Writes = [to],
            Action = (warp, _) =>
            {
                Span<byte> room = stackalloc byte[sizeof(ulong)];
                room.Clear();
                warp.Group.Launch.Parameters.AsSpan(offset, width).CopyTo(room);
                warp.Lanes(to).Fill(MemoryMarshal.Read<ulong>(room));
            },
        };
    }

    // The type, and how many there are, of a transfer such as ld.global.v4.f32.
    private static (int Width, int Count) Shape(string[] rest, string[] vector)
    {
        int count = rest is ["v2" or "v4", _] ? rest[0][1] - '0' : 1;
        if (rest.Length != (count == 1 ? 1 : 2) || vector.Length != count)
            throw new PtxFaultException("the instruction is not known");
        return (Width(rest[^1]), count);
    }

    private static PtxInstruction Load(PtxDecoder decoder, PtxStatement statement, string space, string[] rest)
    {
        string[] vector = PtxDecoder.Vector(statement.Operands[0]);
        (int width, int count) = Shape(rest, vector);
        int[] to = [.. vector.Select(decoder.Destination)];
        (int start, ulong offset) = decoder.Address(statement.Operands[1]);
        bool isShared = space == "shared";
        return new(statement, PtxFlow.Next)
        {
            Reads = [start],
            Writes = [.. to],
            Action = (warp, lanes) =>
            {
                PtxMemory memory = Space(warp, isShared);
                foreach (int lane in new LaneSet(lanes))
                {
                    ulong address = warp.Lanes(start)[lane] + offset;
                    int thread = warp.FirstThread + lane;
                    memory.Check(address, width * count, thread);
                    for (int k = 0; k < count; k++)
                        warp.Lanes(to[k])[lane] = memory.Read(address + (ulong)(k * width), width, thread);
                }
            },
        };
    }

    private static PtxInstruction Store(PtxDecoder decoder, PtxStatement statement, string space, string[] rest)
    {
        string[] vector = PtxDecoder.Vector(statement.Operands[1]);
        (int width, int count) = Shape(rest, vector);
        int[] from = [.. vector.Select(decoder.Source)];
        (int start, ulong offset) = decoder.Address(statement.Operands[0]);
        bool isShared = space == "shared";
        return new(statement, PtxFlow.Next)
        {
            Reads = [start, .. from],
            Action = (warp, lanes) =>
            {
                PtxMemory memory = Space(warp, isShared);
                foreach (int lane in new LaneSet(lanes))
                {
                    ulong address = warp.Lanes(start)[lane] + offset;
                    int thread = warp.FirstThread + lane;
                    memory.Check(address, width * count, thread);
                    for (int k = 0; k < count; k++)
                        memory.Write(address + (ulong)(k * width), width, warp.Lanes(from[k])[lane], thread);
                }
            },
        };
    }

    // atom gives the old value, red does not.
    private static PtxInstruction Add(PtxDecoder decoder, PtxStatement statement, string space, string type)
    {
        bool givesOld = statement.Opcode.StartsWith("atom", StringComparison.Ordinal);
        int? to = givesOld ? decoder.Destination(statement.Operands[0]) : null;
        (int start, ulong offset) = decoder.Address(statement.Operands[givesOld ? 1 : 0]);
        int term = decoder.Source(statement.Operands[givesOld ? 2 : 1]);
        int width = Width(type);
        Func<ulong, ulong, ulong> add = PtxArithmetic.Addition(type);
        bool isShared = space == "shared";
        return new(statement, PtxFlow.Next)
        {
            Reads = [start, term],
            Writes = to is { } written ? [written] : [],
            Action = (warp, lanes) =>
            {
                PtxMemory memory = Space(warp, isShared);
                foreach (int lane in new LaneSet(lanes))
                {
                    ulong address = warp.Lanes(start)[lane] + offset;
                    int thread = warp.FirstThread + lane;
                    memory.Check(address, width, thread);
                    ulong value = warp.Lanes(term)[lane];
                    ulong old = memory.Change(address, width, before => add(before, value), thread);
                    if (to is { } register)
                        warp.Lanes(register)[lane] = old;
                }
            },
        };
    }
}
