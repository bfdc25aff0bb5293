using System.Text;

namespace MiniLstm.Model;

/// <summary>A Unicode scalar of a text that a tokenizer does not know.</summary>
/// <param name="Scalar">The scalar.</param>
/// <param name="Count">How often it occurs in the text.</param>
public readonly record struct UnknownScalar(Rune Scalar, int Count)
{
    /// <summary>The scalar and its count for a message, such as <c>é (U+00E9, 3 times)</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        string times = Count == 1 ? "once" : $"{Count} times";
        return $"{VisibleScalar.Of(Scalar)} ({VisibleScalar.CodePoint(Scalar)}, {times})";
    }
}
