namespace MiniLstm.Training;

/// <summary>
/// The names that XML documentation gives to members, such as <c>M:System.Collections.Generic.List`1.Add(`0)</c>.
/// </summary>
internal static class MemberName
{
    public static string WithoutKindAndParameters(string member)
    {
        int start = member.IndexOf(':') + 1;
        int end = member.IndexOf('(');
        return end < 0 ? member[start..] : member[start..end];
    }

    /// <summary>What people call a member: <c>Add</c>; a constructor goes by its type, <c>List</c>.</summary>
    /// <param name="member">The full name.</param>
    /// <returns>The last part without arity and without the interface of an explicit implementation.</returns>
    public static string Short(string member)
    {
        string name = WithoutKindAndParameters(member);
        if (name.EndsWith(".#ctor", StringComparison.Ordinal))
            name = name[..^".#ctor".Length];
        name = name[(name.LastIndexOfAny(['.', '#']) + 1)..];
        int arity = name.IndexOf('`');
        return arity < 0 ? name : name[..arity];
    }
}
