namespace MiniLstm.Engine.Operations;

/// <summary>The states that steps which do not count repeat.</summary>
internal static class KeptStates
{
    /// <summary>Writes the state that a step which does not count keeps into the slot after it.</summary>
    /// <param name="backend">Where.</param>
    /// <param name="rows">The steps that count.</param>
    /// <param name="trajectory">[T + 1, B, features].</param>
    public static void Repeat(Backend backend, SequenceRows rows, View trajectory)
    {
        if (rows is not { KeptFrom: { } from, KeptTo: { } to })
            return;
        View slots = trajectory.AsMatrix();
        using Scratch kept = backend.Pool.Scratch([from.Shape[0], trajectory.Columns], "kept states");
        backend.Gather(kept.View, slots, from.View);
        backend.Scatter(slots, to.View, kept.View, add: false);
    }

    /// <summary>Adds the gradients of kept states to those of the states that they repeat.</summary>
    /// <param name="backend">Where.</param>
    /// <param name="rows">The steps that count.</param>
    /// <param name="gradient">[T + 1, B, features].</param>
    public static void Collect(Backend backend, SequenceRows rows, View gradient)
    {
        if (rows is not { KeptFrom: { } from, KeptTo: { } to })
            return;
        View slots = gradient.AsMatrix();
        using Scratch kept = backend.Pool.Scratch([to.Shape[0], gradient.Columns], "gradients of kept states");
        backend.Gather(kept.View, slots, to.View);
        backend.ScatterAdd(slots, from, kept.View, skippedId: -1);
    }
}
