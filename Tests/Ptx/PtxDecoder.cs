using System.Collections.Immutable;
using System.Globalization;

namespace MiniLstm.Tests;

/// <summary>Turns statements into instructions, once: names of registers, constants and shared arrays become numbers.</summary>
public sealed class PtxDecoder
{
    // Between shared arrays, so that one that is overrun is not taken for its neighbour; and before the first, so that 0 is no address.
    private const uint Gap = 1024;

    private readonly PtxSource _source;
    private readonly Dictionary<string, int> _slots = [];
    private readonly List<PtxPreset> _presets = [];
    private readonly List<PtxRegion> _sharedArrays = [];

    /// <summary>A decoder of one kernel.</summary>
    public PtxDecoder(PtxSource source)
    {
        _source = source;
        foreach (string register in source.Registers)
            _slots.Add(register, _slots.Count);
        ulong next = Gap;
        foreach (PtxSharedArray array in source.SharedArrays)
        {
            ulong alignment = (ulong)array.Alignment;
            ulong start = (next + alignment - 1) / alignment * alignment;
            _sharedArrays.Add(new(array.Name, start, (ulong)array.Size));
            next = start + (ulong)array.Size + Gap;
        }
    }

    /// <summary>The whole kernel.</summary>
    /// <exception cref="PtxFaultException">A statement is not understood.</exception>
    public PtxKernel Decode()
    {
        PtxInstruction[] instructions = [.. _source.Statements.Select(Decode)];
        int parameterSize = _source.Parameters.Count == 0 ? 0 : _source.Parameters[^1].Offset + _source.Parameters[^1].Size;
        return new(instructions, parameterSize, [.. _source.Registers], _presets, _sharedArrays);
    }

    /// <summary>The number of a register that is written.</summary>
    public int Destination(string operand) =>
        _source.Registers.Contains(operand) ? _slots[operand] : throw new PtxFaultException($"{operand} is no register");

    /// <summary>The number of the register that holds an operand: a register, a constant, or an address.</summary>
    public int Source(string operand)
    {
        if (_slots.TryGetValue(operand, out int slot))
            return slot;
        PtxPreset preset = PtxSpecials.TryFind(operand) ?? Constant(Value(operand));
        _slots.Add(operand, _source.Registers.Count + _presets.Count);
        _presets.Add(preset);
        return _slots[operand];
    }

    /// <summary>The operands of a vector <c>{a, b}</c>, or the only one.</summary>
    public static string[] Vector(string operand) => operand.StartsWith('{') ? [.. PtxParser.Parts(operand.Trim('{', '}'))] : [operand];

    /// <summary>The register and the constant whose sum an address <c>[register+8]</c> is.</summary>
    public (int Base, ulong Offset) Address(string operand)
    {
        (string start, ulong offset) = AddressParts(operand);
        return (Source(start), offset);
    }

    /// <summary>Where in the block of parameters an operand <c>[name+8]</c> is.</summary>
    public int ParameterOffset(string operand)
    {
        (string name, ulong offset) = AddressParts(operand);
        PtxParameter parameter = _source.Parameters.SingleOrDefault(p => p.Name == name) ?? throw new PtxFaultException($"{name} is no parameter");
        return parameter.Offset + (int)offset;
    }

    /// <summary>The statements that a branch may go to.</summary>
    public ImmutableArray<int> Targets(string label) => [.. (_source.BranchTargets.TryGetValue(label, out string[]? list) ? list : [label]).Select(Target)];

    private PtxInstruction Decode(PtxStatement statement)
    {
        try
        {
            PtxInstruction instruction = PtxControl.TryDecode(this, statement)
                ?? PtxTransfers.TryDecode(this, statement)
                ?? PtxAsyncCopies.TryDecode(this, statement)
                ?? PtxCollectives.TryDecode(this, statement)
                ?? PtxArithmetic.TryDecode(this, statement)
                ?? throw new PtxFaultException("the instruction is not known");
            if (statement.Guard.Length == 0)
                return instruction;
            int guard = Source(statement.Guard.TrimStart('!'));
            return instruction with { Guard = guard, GuardValue = statement.Guard.StartsWith('!') ? 0UL : 1, Reads = [guard, .. instruction.Reads] };
        }
        catch (PtxFaultException fault) when (!fault.IsPlaced)
        {
            throw new PtxFaultException(statement, fault.Message);
        }
    }

    private int Target(string label) =>
        _source.Labels.TryGetValue(label, out int target) ? target : throw new PtxFaultException($"{label} is no label");

    private static PtxPreset Constant(ulong value) => new((_, _) => value, IsConstant: true);

    private static (string Start, ulong Offset) AddressParts(string operand)
    {
        if (!operand.StartsWith('[') || !operand.EndsWith(']'))
            throw new PtxFaultException($"{operand} is no address");
        string[] parts = operand[1..^1].Split('+', StringSplitOptions.TrimEntries);
        return (parts[0], parts.Length == 1 ? 0 : (ulong)long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private ulong Value(string operand)
    {
        if (_sharedArrays.SingleOrDefault(a => a.Name == operand) is { } array)
            return array.Start;
        if (operand.StartsWith("0f", StringComparison.OrdinalIgnoreCase)
            || operand.StartsWith("0d", StringComparison.OrdinalIgnoreCase)
            || operand.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return ulong.Parse(operand.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (long.TryParse(operand, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long signed))
            return (ulong)signed;
        return ulong.TryParse(operand, NumberStyles.None, CultureInfo.InvariantCulture, out ulong unsigned)
            ? unsigned
            : throw new PtxFaultException($"the operand {operand} is not known");
    }
}
