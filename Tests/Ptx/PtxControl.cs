namespace MiniLstm.Tests;

/// <summary>Branches, ends and barriers: <see cref="PtxWarp"/> follows them.</summary>
public static class PtxControl
{
    /// <summary>The instruction, if it is one of these.</summary>
    public static PtxInstruction? TryDecode(PtxDecoder decoder, PtxStatement statement) => statement.Opcode switch
    {
        "bra" or "bra.uni" => new(statement, PtxFlow.Branch) { Targets = decoder.Targets(statement.Operands[0]) },

        // The index is what the branch reads.
        "brx.idx" or "brx.idx.uni" => new(statement, PtxFlow.Branch)
        {
            Targets = decoder.Targets(statement.Operands[1]),
            Reads = [decoder.Source(statement.Operands[0])],
            Index = decoder.Source(statement.Operands[0]),
        },
        "ret" or "exit" => new(statement, PtxFlow.End),
        "bar.sync" when statement.Operands is ["0"] => new(statement, PtxFlow.Barrier),
        _ => null,
    };
}
