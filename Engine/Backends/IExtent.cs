namespace MiniLstm.Engine;

/// <summary>
/// How many values the vectors of a loop hold, as a type argument. Where the compiler knows that they are whole it drops the way for parts
/// of them, whose call would make it keep every vector in memory round the call.
/// </summary>
internal interface IExtent
{
    /// <summary>The values of one vector, of those that are left.</summary>
    static abstract long Of(long left);
}

/// <summary>All lanes of every vector.</summary>
internal readonly struct WholeVector : IExtent
{
    public static long Of(long left) => long.MaxValue;
}

/// <summary>The last lanes of a row: as many as are left.</summary>
internal readonly struct PartOfVector : IExtent
{
    public static long Of(long left) => left;
}
