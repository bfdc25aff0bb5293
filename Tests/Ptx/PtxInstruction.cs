using System.Collections.Immutable;

namespace MiniLstm.Tests;

/// <summary>What an instruction does in some lanes of a warp.</summary>
/// <param name="warp">The warp.</param>
/// <param name="lanes">A bit for each lane that takes part.</param>
public delegate void PtxAction(PtxWarp warp, uint lanes);

/// <summary>How an instruction acts on the order of execution.</summary>
public enum PtxFlow
{
    /// <summary>The next one follows.</summary>
    Next,

    /// <summary>The target follows, or one of several by an index.</summary>
    Branch,

    /// <summary>The thread ends.</summary>
    End,

    /// <summary>The thread waits for its group.</summary>
    Barrier,
}

/// <summary>An instruction, decoded: operands are numbers of registers, constants among them.</summary>
/// <param name="Statement">Its text.</param>
/// <param name="Flow">What follows.</param>
public sealed record PtxInstruction(PtxStatement Statement, PtxFlow Flow)
{
    /// <summary>The register whose value decides; none without a guard.</summary>
    public int? Guard { get; init; }

    /// <summary>The value with which the guard lets pass: 1, or 0 if negated.</summary>
    public ulong GuardValue { get; init; } = 1;

    /// <summary>Registers that must have a value.</summary>
    public ImmutableArray<int> Reads { get; init; } = [];

    /// <summary>Registers that have one afterwards.</summary>
    public ImmutableArray<int> Writes { get; init; } = [];

    /// <summary>The work.</summary>
    public PtxAction Action { get; init; } = static (_, _) => { };

    /// <summary>Where a branch goes.</summary>
    public ImmutableArray<int> Targets { get; init; } = [];

    /// <summary>The register that says which target; none if there is but one.</summary>
    public int? Index { get; init; }
}
