namespace MiniLstm.Kernels;

/// <summary>How a group of 256 threads shares one step of a recurrent layer.</summary>
internal interface IStepTile
{
    /// <summary>Threads along the batch; each has four rows.</summary>
    static abstract int RowThreads { get; }

    /// <summary>Threads along the units.</summary>
    static abstract int UnitThreads { get; }

    /// <summary>Parts that the sum is cut into: so many threads have the same rows and units. Each takes its share of every <see cref="Depth"/>, and the
    /// parts are added in order at the end.</summary>
    static abstract int Slices { get; }

    /// <summary>How much of the sum is in shared memory at a time.</summary>
    static abstract int Depth { get; }
}

/// <summary>Many rows: 32 of them, 32 units, forward.</summary>
internal readonly struct WideStep : IStepTile
{
    public static int RowThreads => 8;

    public static int UnitThreads => 32;

    public static int Slices => 1;

    public static int Depth => 32;
}

/// <summary>Few rows: 8 of them, 32 units, forward.</summary>
internal readonly struct NarrowStep : IStepTile
{
    public static int RowThreads => 2;

    public static int UnitThreads => 32;

    public static int Slices => 4;

    public static int Depth => 32;
}

/// <summary>Many rows: 32 of them, 32 units, backward, where a thread has four units.</summary>
internal readonly struct WideStepBack : IStepTile
{
    public static int RowThreads => 8;

    public static int UnitThreads => 8;

    public static int Slices => 4;

    public static int Depth => 64;
}

/// <summary>Few rows: 8 of them, 32 units, backward.</summary>
internal readonly struct NarrowStepBack : IStepTile
{
    public static int RowThreads => 2;

    public static int UnitThreads => 8;

    public static int Slices => 16;

    public static int Depth => 128;
}
