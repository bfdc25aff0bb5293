namespace MiniLstm.Engine;

/// <summary>A truth value as kernels take it: a <see cref="bool"/> has another size on a device, and no struct that holds one may go there. Cells
/// and update rules hold these instead.</summary>
/// <param name="value">The value.</param>
public readonly struct Flag(bool value)
{
    private readonly int _value = value ? 1 : 0;

    /// <summary>The value.</summary>
    /// <param name="flag">The flag.</param>
    public static implicit operator bool(Flag flag) => flag._value != 0;

    /// <summary>A flag of a value.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Flag(bool value) => new(value);
}
