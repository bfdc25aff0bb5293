namespace MiniLstm.Engine;

/// <summary>
/// Every operation with the shapes and value ranges that it is checked with. To add an operation is to add a line here: the gradient check, the
/// parity of all backends and the check of its errors follow.
/// </summary>
public static partial class OperationCatalogue
{
    /// <summary>All cases.</summary>
    public static IReadOnlyList<OperationCase> All { get; } =
    [
        .. Maps(),
        .. Arithmetic(),
        .. Choices(),
        .. Products(),
        .. Views(),
        .. Copies(),
        .. Reductions(),
        .. Rows(),
        .. Losses(),
        .. LinearLosses(),
        .. ElementLosses(),
        .. Layers(),
        .. RecurrentOptions(),
    ];

    // A single value, odd sizes, the neighbourhood of vector widths, every rank, and one large enough to be
    // split among threads.
    private static Shape[] AnyShapes() =>
    [
        [], [1, 1], [3, 5], [7, 17], [15], [16], [17], [31], [32], [33], [2, 3, 5], [2, 3, 2, 3], [67, 257],
    ];

    // Rows of one element, of odd lengths, round vector widths, many short ones, and long ones that are split among threads.
    private static Shape[] RowShapes() =>
    [
        [1, 1], [3, 5], [2, 15], [2, 16], [2, 17], [2, 31], [2, 32], [2, 33], [37, 3], [2, 3, 5], [17, 1027],
    ];
}
