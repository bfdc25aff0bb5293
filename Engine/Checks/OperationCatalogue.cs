namespace MiniLstm.Engine;

/// <summary>
/// Every operation with the shapes and value ranges that it is checked with. To add an operation is to add a line here: the gradient check, the
/// parity of all backends and the check of its errors follow.
/// </summary>
public static partial class OperationCatalogue
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<OperationCase> All { get; } = [];
}
