using System.Runtime.CompilerServices;
using ILGPU;

namespace MiniLstm.Kernels;

/// <summary>How an operand of a product lies. Its lines are the rows of the left operand, the columns of the right one. Threads read it in quads,
/// four consecutive elements each.</summary>
internal interface IOperandLayout
{
    /// <summary>The first line of a thread's quad, within a panel of so many lines.</summary>
    static abstract int Line(int thread, int panelLines);

    /// <summary>Its first k, within the panel.</summary>
    static abstract int Depth(int thread, int panelLines);

    /// <summary>From one line to the next, in a matrix of so many lines of so many elements.</summary>
    static abstract int LineStep(int lines, int length);

    /// <summary>From one k to the next.</summary>
    static abstract int DepthStep(int lines, int length);

    /// <summary>How many elements follow in the row that is contiguous: in the line, or at the same k.</summary>
    static abstract int Following(int followingLines, int followingDepth);

    /// <summary>Writes a quad into a panel.</summary>
    static abstract void Put(ArrayView<float> panel, int pitch, Float4 quad);
}

/// <summary>Each line contiguous: A, and Bᵀ. A quad is four k of one line, and is scattered in the panel.</summary>
internal readonly struct AlongLines : IOperandLayout
{
    private const int Quads = ProductPanel.Depth / Float4.Length;

    public static int Line(int thread, int panelLines) => thread / Quads;

    public static int Depth(int thread, int panelLines) => thread % Quads * Float4.Length;

    public static int LineStep(int lines, int length) => length;

    public static int DepthStep(int lines, int length) => 1;

    public static int Following(int followingLines, int followingDepth) => followingDepth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(ArrayView<float> panel, int pitch, Float4 quad)
    {
        panel[0] = quad.X;
        panel[pitch] = quad.Y;
        panel[2 * pitch] = quad.Z;
        panel[3 * pitch] = quad.W;
    }
}

/// <summary>Each k contiguous, over all lines: Aᵀ, and B. A quad is one k of four lines.</summary>
internal readonly struct AcrossLines : IOperandLayout
{
    public static int Line(int thread, int panelLines) => thread % (panelLines / Float4.Length) * Float4.Length;

    public static int Depth(int thread, int panelLines) => thread / (panelLines / Float4.Length);

    public static int LineStep(int lines, int length) => 1;

    public static int DepthStep(int lines, int length) => lines;

    public static int Following(int followingLines, int followingDepth) => followingLines;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(ArrayView<float> panel, int pitch, Float4 quad) =>
        panel.Cast<Float4>()[0] = quad;
}

/// <summary>How a quad is read from global memory.</summary>
internal interface IQuadAccess
{
    /// <summary>Reads a quad.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="place">The first element.</param>
    /// <param name="following">How many elements follow in its row; the last one stands for what is missing.</param>
    static abstract Float4 Read(ArrayView<float> operand, int place, int following);
}

/// <summary>At once: every row consists of whole quads, and begins at a multiple of 16 bytes.</summary>
internal readonly struct WholeQuads : IQuadAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<float> operand, int place, int following) => operand.Cast<Float4>()[place / Float4.Length];
}

/// <summary>Element by element, whatever lengths and offsets are.</summary>
internal readonly struct SingleElements : IQuadAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<float> operand, int place, int following) => new()
    {
        X = operand[place],
        Y = operand[place + IntrinsicMath.Min(following, 1)],
        Z = operand[place + IntrinsicMath.Min(following, 2)],
        W = operand[place + IntrinsicMath.Min(following, 3)],
    };
}

/// <summary>
/// One thread's share in bringing an operand into shared memory, panel by panel. A panel is all lines of the tile at eight successive k, each k
/// contiguous, whichever way the operand lies.
/// </summary>
/// <typeparam name="TLayout">How the operand lies.</typeparam>
/// <typeparam name="TAccess">How it is read.</typeparam>
/// <remarks>For lines and k that do not exist the last that does is read: results of such lines are not stored, and such k not added.</remarks>
internal struct ProductPanel<TLayout, TAccess>
    where TLayout : struct, IOperandLayout
    where TAccess : struct, IQuadAccess
{
    private readonly ArrayView<float> _operand;
    private readonly int _step;
    private readonly int _last;
    private readonly int _followingLines;
    private readonly int _placeInPanel;
    private readonly int _pitch;
    private int _place;

    /// <summary>The share of a thread, at the first panel.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="first">Where its matrix begins.</param>
    /// <param name="lines">Lines of the matrix.</param>
    /// <param name="length">Elements of a line.</param>
    /// <param name="start">The first k.</param>
    /// <param name="end">The k to end before.</param>
    /// <param name="firstLine">The first line of the tile.</param>
    /// <param name="panelLines">Lines of the tile.</param>
    /// <param name="thread">The thread, among those that take part.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ProductPanel(
        ArrayView<float> operand, int first, int lines, int length, int start, int end, int firstLine, int panelLines, int thread)
    {
        int line = TLayout.Line(thread, panelLines);
        int depth = TLayout.Depth(thread, panelLines);
        int lineThere = IntrinsicMath.Min(firstLine + line, lines - 1);
        int lineStart = first + lineThere * TLayout.LineStep(lines, length);
        int depthStep = TLayout.DepthStep(lines, length);
        _operand = operand;
        _step = ProductPanel.Depth * depthStep;
        _place = lineStart + IntrinsicMath.Min(start + depth, end - 1) * depthStep;
        _last = lineStart + (end - 1) * depthStep;
        _followingLines = lines - 1 - lineThere;
        _pitch = ProductPanel.Pitch(panelLines);
        _placeInPanel = depth * _pitch + line;
    }

    /// <summary>Reads the thread's quad of the panel, and goes on to the next panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 Fetch()
    {
        Float4 quad = TAccess.Read(_operand, _place, TLayout.Following(_followingLines, _last - _place));
        _place += IntrinsicMath.Min(_step, _last - _place);
        return quad;
    }

    /// <summary>Writes a quad into shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Put(ArrayView<float> panel, Float4 quad) => TLayout.Put(panel.SubView(_placeInPanel), _pitch, quad);
}

/// <summary>The size of panels.</summary>
internal static class ProductPanel
{
    /// <summary>How many k.</summary>
    public const int Depth = 8;

    /// <summary>From one k to the next, in elements: a quad more than there are lines, so that the four writes of a scattered quad, and those of
    /// the threads beside, go to different banks.</summary>
    public static int Pitch(int lines) => lines + Float4.Length;

    /// <summary>Quads of a panel, each of another thread.</summary>
    public static int Quads(int lines) => lines * Depth / Float4.Length;
}
