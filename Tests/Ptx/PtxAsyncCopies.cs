using System.Globalization;

namespace MiniLstm.Tests;

/// <summary>Copies from global to shared memory that run beside the program: <c>cp.async</c>. They arrive when they are waited for, not before.</summary>
public static class PtxAsyncCopies
{
    /// <summary>The instruction, if it is one of these.</summary>
    public static PtxInstruction? TryDecode(PtxDecoder decoder, PtxStatement statement) => statement.Opcode switch
    {
        "cp.async.ca.shared.global" or "cp.async.cg.shared.global" => Copy(decoder, statement),
        "cp.async.commit_group" => ForEachThread(statement, static copies => copies.Commit()),
        "cp.async.wait_group" => Wait(statement, Number(statement.Operands[0])),
        "cp.async.wait_all" => ForEachThread(statement, static copies =>
        {
            copies.Commit();
            copies.Wait(0);
        }),
        _ => null,
    };

    // Of the bytes only so many as a fourth operand says are read, the rest are 0.
    private static PtxInstruction Copy(PtxDecoder decoder, PtxStatement statement)
    {
        (int to, ulong toOffset) = decoder.Address(statement.Operands[0]);
        (int from, ulong fromOffset) = decoder.Address(statement.Operands[1]);
        int bytes = Number(statement.Operands[2]);
        bool passesL1 = statement.Opcode.Contains(".cg.", StringComparison.Ordinal);
        if (bytes != 16 && (passesL1 || bytes is not (4 or 8)))
            throw new PtxFaultException($"no copy of {bytes} bytes is known");
        int read = decoder.Source(statement.Operands.Count > 3 ? statement.Operands[3] : statement.Operands[2]);
        return new(statement, PtxFlow.Next)
        {
            Reads = [to, from, read],
            Action = (warp, lanes) =>
            {
                foreach (int lane in new LaneSet(lanes))
                {
                    var copy = new PtxCopy(
                        warp.Lanes(to)[lane] + toOffset, warp.Lanes(from)[lane] + fromOffset, bytes, (int)warp.Lanes(read)[lane], statement.Line);
                    warp.Group.Copies[warp.FirstThread + lane].Begin(copy);
                }
            },
        };
    }

    private static PtxInstruction Wait(PtxStatement statement, int left) => ForEachThread(statement, copies => copies.Wait(left));

    private static PtxInstruction ForEachThread(PtxStatement statement, Action<PtxCopyQueue> act) => new(statement, PtxFlow.Next)
    {
        Action = (warp, lanes) =>
        {
            foreach (int lane in new LaneSet(lanes))
                act(warp.Group.Copies[warp.FirstThread + lane]);
        },
    };

    private static int Number(string operand) => int.Parse(operand, CultureInfo.InvariantCulture);
}
