namespace MiniLstm.Tests;

/// <summary>One kernel's PTX in parts.</summary>
/// <param name="Parameters">What a launch gives.</param>
/// <param name="Registers">Names of all registers.</param>
/// <param name="SharedArrays">Shared memory that is declared.</param>
/// <param name="Statements">The instructions.</param>
/// <param name="Labels">Which statement follows each label.</param>
/// <param name="BranchTargets">Lists of labels, by the label of the list.</param>
public sealed record PtxSource(
    IReadOnlyList<PtxParameter> Parameters,
    IReadOnlySet<string> Registers,
    IReadOnlyList<PtxSharedArray> SharedArrays,
    IReadOnlyList<PtxStatement> Statements,
    IReadOnlyDictionary<string, int> Labels,
    IReadOnlyDictionary<string, string[]> BranchTargets);

/// <summary>A parameter in the block of parameters.</summary>
public sealed record PtxParameter(string Name, int Offset, int Size);

/// <summary>An array in shared memory.</summary>
public sealed record PtxSharedArray(string Name, int Alignment, int Size);

/// <summary>One instruction, read but not understood.</summary>
/// <param name="Line">The line of the text, from 1.</param>
/// <param name="Text">The whole.</param>
/// <param name="Guard">The predicate that it depends on, with <c>!</c> in front if negated; empty without.</param>
/// <param name="Opcode">What to do, such as <c>ld.global.v4.f32</c>.</param>
/// <param name="Operands">With what.</param>
public sealed record PtxStatement(int Line, string Text, string Guard, string Opcode, IReadOnlyList<string> Operands);
