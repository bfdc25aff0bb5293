using System.Runtime.CompilerServices;
using ILGPU;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>How an operand of a product lies, and how a quad of it is read. Its lines are the rows of the left operand, the columns of the right one.</summary>
/// <remarks>What lies beyond the last line, or the last k, is not asked for: the last one there is stands for it. Results of such lines are not
/// stored, and products of such k not added.</remarks>
internal interface IOperandLayout
{
    /// <summary>The first line of a thread's quad, within a panel of so many lines.</summary>
    static abstract int Line(int thread, int panelLines);

    /// <summary>Its first k, within the panel.</summary>
    static abstract int Depth(int thread, int panelLines);

    /// <summary>Reads a quad of a matrix.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="first">Where the matrix begins.</param>
    /// <param name="size">Its size.</param>
    /// <param name="line">The quad's first line.</param>
    /// <param name="k">Its first k.</param>
    static abstract Float4 Read<TAccess>(ArrayView<float> operand, int first, OperandSize size, int line, int k)
        where TAccess : struct, IQuadAccess;

    /// <summary>Writes a quad into a panel.</summary>
    static abstract void Put(ArrayView<float> panel, int place, int pitch, Float4 quad);
}

/// <summary>The size of an operand.</summary>
/// <param name="Lines">How many lines.</param>
/// <param name="Length">Elements of a line.</param>
/// <param name="End">The k to end before, for a part of them.</param>
internal readonly record struct OperandSize(int Lines, int Length, int End);

/// <summary>Each line contiguous: A, and Bᵀ. A quad is four k of one line, and is scattered in the panel.</summary>
internal readonly struct AlongLines : IOperandLayout
{
    private const int Quads = ProductPanel.Depth / Float4.Length;

    public static int Line(int thread, int panelLines) => thread / Quads;

    public static int Depth(int thread, int panelLines) => thread % Quads * Float4.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read<TAccess>(ArrayView<float> operand, int first, OperandSize size, int line, int k)
        where TAccess : struct, IQuadAccess =>
        TAccess.Read(operand, first + IntrinsicMath.Min(line, size.Lines - 1) * size.Length, k, size.End);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(ArrayView<float> panel, int place, int pitch, Float4 quad)
    {
        panel[place] = quad.X;
        panel[place + pitch] = quad.Y;
        panel[place + 2 * pitch] = quad.Z;
        panel[place + 3 * pitch] = quad.W;
    }
}

/// <summary>Each k contiguous, over all lines: Aᵀ, and B. A quad is one k of four lines.</summary>
internal readonly struct AcrossLines : IOperandLayout
{
    public static int Line(int thread, int panelLines) => thread % (panelLines / Float4.Length) * Float4.Length;

    public static int Depth(int thread, int panelLines) => thread / (panelLines / Float4.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read<TAccess>(ArrayView<float> operand, int first, OperandSize size, int line, int k)
        where TAccess : struct, IQuadAccess =>
        TAccess.Read(operand, first + IntrinsicMath.Min(k, size.End - 1) * size.Lines, line, size.Lines);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(ArrayView<float> panel, int place, int pitch, Float4 quad) =>
        panel.Cast<Float4>()[place / Float4.Length] = quad;
}

/// <summary>How a quad is read from global memory.</summary>
internal interface IQuadAccess
{
    /// <summary>Reads a quad; the last elements of the row stand for what lies beyond its end.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="row">Where the row begins.</param>
    /// <param name="column">The quad's first element within the row.</param>
    /// <param name="columns">Elements of the row.</param>
    static abstract Float4 Read(ArrayView<float> operand, int row, int column, int columns);
}

/// <summary>At once: rows are whole quads, and aligned.</summary>
internal readonly struct WholeQuads : IQuadAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<float> operand, int row, int column, int columns) =>
        operand.Cast<Float4>()[(row + IntrinsicMath.Min(column, columns - Float4.Length)) / Float4.Length];
}

/// <summary>Element by element, whatever lengths and offsets are.</summary>
internal readonly struct SingleElements : IQuadAccess
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Read(ArrayView<float> operand, int row, int column, int columns) => new()
    {
        X = operand[row + IntrinsicMath.Min(column, columns - 1)],
        Y = operand[row + IntrinsicMath.Min(column + 1, columns - 1)],
        Z = operand[row + IntrinsicMath.Min(column + 2, columns - 1)],
        W = operand[row + IntrinsicMath.Min(column + 3, columns - 1)],
    };
}

/// <summary>
/// One thread's share in bringing an operand into shared memory, panel by panel. A panel is all lines of the tile at eight successive k, each k
/// contiguous, whichever way the operand lies.
/// </summary>
/// <typeparam name="TLayout">How the operand lies.</typeparam>
/// <typeparam name="TAccess">How it is read.</typeparam>
internal readonly struct ProductPanel<TLayout, TAccess>
    where TLayout : struct, IOperandLayout
    where TAccess : struct, IQuadAccess
{
    private readonly ArrayView<float> _operand;
    private readonly OperandSize _size;
    private readonly int _first;
    private readonly int _line;
    private readonly int _depth;
    private readonly int _place;
    private readonly int _pitch;

    /// <summary>The share of a thread.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="entry">Which matrix of the batch.</param>
    /// <param name="size">The size of a matrix.</param>
    /// <param name="firstLine">The first line of the tile.</param>
    /// <param name="panelLines">Lines of the tile.</param>
    /// <param name="thread">The thread, among those that take part.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ProductPanel(ArrayView<float> operand, int entry, OperandSize size, int firstLine, int panelLines, int thread)
    {
        int line = TLayout.Line(thread, panelLines);
        _operand = operand;
        _size = size;
        _first = entry * size.Lines * size.Length;
        _line = firstLine + line;
        _depth = TLayout.Depth(thread, panelLines);
        _pitch = ProductPanel.Pitch(panelLines);
        _place = _depth * _pitch + line;
    }

    /// <summary>Reads the thread's quad of the panel that begins at a k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Float4 Fetch(int k) => TLayout.Read<TAccess>(_operand, _first, _size, _line, k + _depth);

    /// <summary>Writes it into shared memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(ArrayView<float> panel, Float4 quad) => TLayout.Put(panel, _place, _pitch, quad);
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
