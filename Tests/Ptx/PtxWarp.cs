namespace MiniLstm.Tests;

/// <summary>
/// 32 threads that go through a program together. Where they part, those that are farthest behind go first, so that all meet again where their
/// ways do.
/// </summary>
public sealed class PtxWarp
{
    /// <summary>Threads of a warp.</summary>
    public const int Size = 32;

    private readonly IReadOnlyList<PtxInstruction> _program;
    private readonly ulong[] _values;

    // For each register a bit for each lane in which it has a value.
    private readonly uint[] _written;
    private readonly List<Strand> _running = [];
    private readonly List<Strand> _waiting = [];

    /// <summary>A warp of a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="firstThread">The number of its first thread in the group.</param>
    public PtxWarp(PtxGroup group, int firstThread)
    {
        Group = group;
        FirstThread = firstThread;
        _program = group.Launch.Kernel.Instructions;
        int slots = group.Launch.Kernel.Registers.Count + group.Launch.Kernel.Presets.Count;
        _values = new ulong[slots * Size];
        _written = new uint[slots];
        SetPresets(p => p.IsConstant);
    }

    /// <summary>The group that it is part of.</summary>
    public PtxGroup Group { get; }

    /// <summary>The number of its first thread in the group.</summary>
    public int FirstThread { get; }

    /// <summary>A bit for each lane that is a thread.</summary>
    public uint Threads => Group.Launch.Threads - FirstThread >= Size ? uint.MaxValue : (1u << (Group.Launch.Threads - FirstThread)) - 1;

    /// <summary>Lanes that wait at a barrier, and where; ordered by where.</summary>
    public IReadOnlyList<Strand> Waiting => _waiting;

    /// <summary>Lanes that have ended.</summary>
    public uint Ended { get; private set; }

    /// <summary>The values of a register.</summary>
    /// <param name="register">Its number.</param>
    public Span<ulong> Lanes(int register) => _values.AsSpan(register * Size, Size);

    /// <summary>Begins the program anew.</summary>
    public void Start()
    {
        _written.AsSpan(0, Group.Launch.Kernel.Registers.Count).Clear();
        SetPresets(p => !p.IsConstant);
        Ended = 0;
        _waiting.Clear();
        _running.Clear();
        _running.Add(new(0, Threads));
    }

    /// <summary>Runs until each lane has ended or waits at a barrier.</summary>
    public void Run()
    {
        while (_running.Count > 0)
        {
            Strand strand = _running[0];
            _running.RemoveAt(0);
            Advance(strand);
        }
    }

    /// <summary>Lets those who wait go on.</summary>
    public void Release()
    {
        _running.AddRange(_waiting);
        _waiting.Clear();
    }

    // Runs a strand until it ends, waits, or is no longer the one that is farthest behind.
    private void Advance(Strand strand)
    {
        (int next, uint lanes) = strand;
        while (lanes != 0)
        {
            if (_running.Count > 0 && next >= _running[0].Next)
            {
                Put(_running, next, lanes);
                return;
            }

            PtxInstruction instruction = _program[next];
            uint active = lanes;
            if (instruction.Guard is { } guard)
                active = Matching(guard, lanes, instruction.GuardValue);
            next++;
            if (active != 0)
                lanes = Execute(instruction, next, lanes, active);
        }
    }

    // Executes an instruction in active lanes; gives those that go on to the next one.
    private uint Execute(PtxInstruction instruction, int next, uint lanes, uint active)
    {
        Group.Launch.Count(instruction);
        CheckReads(instruction, active);
        switch (instruction.Flow)
        {
            case PtxFlow.Branch:
                Branch(instruction, active);
                return lanes & ~active;
            case PtxFlow.End:
                Ended |= active;
                return lanes & ~active;
            case PtxFlow.Barrier:
                Put(_waiting, next, active);
                return lanes & ~active;
            default:
                Act(instruction, active);
                return lanes;
        }
    }

    private void Branch(PtxInstruction instruction, uint active)
    {
        if (instruction.Index is not { } index)
        {
            Put(_running, instruction.Targets[0], active);
            return;
        }

        for (int k = 0; k < instruction.Targets.Length; k++)
        {
            uint chosen = Matching(index, active, (ulong)k);
            if (chosen != 0)
                Put(_running, instruction.Targets[k], chosen);
            active &= ~chosen;
        }

        if (active != 0)
            throw Fault(instruction, $"threads {LaneSet.Describe(active, FirstThread)} have an index that is none of {instruction.Targets.Length} targets");
    }

    private void Act(PtxInstruction instruction, uint active)
    {
        try
        {
            instruction.Action(this, active);
        }
        catch (PtxFaultException fault) when (!fault.IsPlaced)
        {
            throw Fault(instruction, fault.Message);
        }
        catch (ArithmeticException e)
        {
            throw Fault(instruction, e.Message);
        }

        foreach (int register in instruction.Writes)
            _written[register] |= active;
    }

    private void CheckReads(PtxInstruction instruction, uint active)
    {
        foreach (int register in instruction.Reads)
        {
            uint missing = active & ~_written[register];
            if (missing != 0)
            {
                string name = Group.Launch.Kernel.Registers[register];
                throw Fault(instruction, $"threads {LaneSet.Describe(missing, FirstThread)} read {name}, which has no value");
            }
        }
    }

    private PtxFaultException Fault(PtxInstruction instruction, string what) => new(instruction.Statement, $"group {Group.Name}: {what}");

    private uint Matching(int register, uint lanes, ulong value)
    {
        ReadOnlySpan<ulong> values = Lanes(register);
        uint matching = 0;
        for (int lane = 0; lane < Size; lane++)
        {
            if (values[lane] == value)
                matching |= 1u << lane;
        }

        return matching & lanes;
    }

    private void SetPresets(Func<PtxPreset, bool> chosen)
    {
        PtxKernel kernel = Group.Launch.Kernel;
        for (int k = 0; k < kernel.Presets.Count; k++)
        {
            if (!chosen(kernel.Presets[k]))
                continue;
            int register = kernel.Registers.Count + k;
            for (int lane = 0; lane < Size; lane++)
                Lanes(register)[lane] = kernel.Presets[k].Value(this, lane);
            _written[register] = uint.MaxValue;
        }
    }

    // Keeps strands in the order of what is next, one for each place.
    private static void Put(List<Strand> strands, int next, uint lanes)
    {
        int place = 0;
        while (place < strands.Count && strands[place].Next < next)
            place++;
        if (place < strands.Count && strands[place].Next == next)
            strands[place] = new(next, strands[place].Lanes | lanes);
        else
            strands.Insert(place, new(next, lanes));
    }

    /// <summary>Lanes that are at the same place.</summary>
    /// <param name="Next">The instruction that is next.</param>
    /// <param name="Lanes">A bit for each lane.</param>
    public readonly record struct Strand(int Next, uint Lanes);
}
