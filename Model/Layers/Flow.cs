using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>What flows from layer to layer: tokens, values, or tokens with the rows of a table that are not yet
/// gathered; and, with sequences, which of their steps count.</summary>
/// <remarks>
/// Tokens with a table are the token table. A linear map of gathered rows equals the gathered rows of the mapped table,
/// x[t] = E[id[t]] gives W x[t] = (E Wᵀ)[id[t]]. With 65 characters and a batch of 2,048 tokens, the first layer of a
/// model so multiplies 65 rows instead of 2,048.
/// </remarks>
public readonly struct Flow
{
    // The saving of the product pays for gathering and scattering wider rows, with something to spare.
    private const double MaximumShare = 0.7;

    private const string TableIsMapped = "the table is projected, once for each of its rows";

    private readonly Tensor? _rows;
    private readonly IndexTensor? _tokens;
    private readonly int? _paddingId;

    /// <summary>Tokens, as they enter a model.</summary>
    /// <param name="tokens">[time, batch].</param>
    /// <param name="mask">Which steps count; absent: all.</param>
    public Flow(IndexTensor tokens, SequenceMask? mask = null)
        : this(mask, null, tokens)
    {
    }

    /// <summary>Values.</summary>
    /// <param name="values">[time, batch, width] or [batch, width].</param>
    /// <param name="mask">Which steps count; absent: all.</param>
    public Flow(Tensor values, SequenceMask? mask = null)
        : this(mask, values, null)
    {
    }

    /// <summary>Tokens with the table whose rows they stand for.</summary>
    /// <param name="table">[vocabulary, width].</param>
    /// <param name="tokens">[time, batch].</param>
    /// <param name="mask">Which steps count; absent: all.</param>
    /// <param name="paddingId">The token whose row gets no gradient, or absent.</param>
    public Flow(Tensor table, IndexTensor tokens, SequenceMask? mask = null, int? paddingId = null)
        : this(mask, table, tokens, paddingId)
    {
    }

    private Flow(SequenceMask? mask, Tensor? rows, IndexTensor? tokens, int? paddingId = null)
    {
        _paddingId = paddingId;
        _rows = rows;
        _tokens = tokens;
        Mask = mask;
    }

    /// <summary>The parameter that the table is, where it is one.</summary>
    internal Parameter? TableParameter { get; init; }

    /// <summary>Which steps of the sequences count; null if all do.</summary>
    public SequenceMask? Mask { get; }

    /// <summary>The tokens that have not yet been exchanged for values.</summary>
    /// <exception cref="InvalidOperationException">Values flow.</exception>
    public IndexTensor Tokens => _tokens ?? throw new InvalidOperationException("values flow here, expected tokens");

    /// <summary>The table whose rows the tokens stand for; null where values flow.</summary>
    internal Tensor? Table => _tokens is null ? null : _rows;

    /// <summary>The values; from a table, the rows are gathered, anew at each call.</summary>
    /// <exception cref="InvalidOperationException">Tokens without a table flow.</exception>
    public Tensor Values
    {
        get
        {
            if (_tokens is null)
                return Rows;
            if (!IsMapped)
                Note(_tokens, "each token's row is gathered, for a layer that works on values, such as dropout");
            return Rows.Embedding(_tokens, _paddingId);
        }
    }

    // Whether the rows are those of a table that was projected.
    private bool IsMapped { get; init; }

    private Tensor Rows => _rows
        ?? throw new InvalidOperationException("tokens flow here, expected values: an Embedding makes them");

    /// <summary>The same with another mask.</summary>
    /// <param name="mask">Which steps count; null: all.</param>
    /// <returns>The flow.</returns>
    public Flow With(SequenceMask? mask) => new(mask, _rows, _tokens, _paddingId) { IsMapped = IsMapped, TableParameter = TableParameter };

    /// <summary>A linear map: of the whole table where that is less work than of the rows of all tokens, else of the
    /// values.</summary>
    /// <param name="weight">[N, width].</param>
    /// <param name="bias">[N], or absent.</param>
    /// <returns>A flow of width N, still with tokens if the table was mapped.</returns>
    /// <exception cref="ShapeException">The width is not that of the weight.</exception>
    public Flow Linear(Tensor weight, Tensor? bias)
    {
        if (_tokens is null)
            return new(Values.Linear(weight, bias), Mask);
        if (!MapsTable(_tokens))
            return new(Rows.Embedding(_tokens, _paddingId).Linear(weight, bias), Mask);
        return new(Rows.Linear(weight, bias), _tokens, Mask, _paddingId) { IsMapped = true };
    }

    /// <summary>A linear map of the steps that count, packed as a recurrent layer wants them; of the whole table where that is less work. The
    /// others are not computed.</summary>
    /// <param name="weight">[N, width].</param>
    /// <param name="bias">[N], or absent.</param>
    /// <param name="rows">The steps that count.</param>
    /// <returns>A flow of [rows, N], or of tokens [rows] and a table [vocabulary, N].</returns>
    /// <exception cref="ShapeException">The width is not that of the weight, or the mask has other steps.</exception>
    public Flow LinearOf(Tensor weight, Tensor? bias, SequenceRows rows)
    {
        if (_tokens is not null)
        {
            IndexTensor tokens = _tokens.At(rows.Positions);
            return MapsTable(tokens)
                ? new(Rows.Linear(weight, bias), tokens, paddingId: _paddingId)
                : new(Rows.Embedding(tokens, _paddingId).Linear(weight, bias));
        }

        return new(Rows.PackRows(rows).Linear(weight, bias));
    }

    private void Note(IndexTensor tokens, string way) => Rows.Tape?.Backend.Paths.Note("token table", tokens.Shape.Count, Rows.Shape[0], way);

    // Not if the padding is among the tokens: its row gets no gradient, while weight and bias get theirs.
    private bool MapsTable(IndexTensor tokens)
    {
        bool isLessWork = Rows.Shape[0] <= MaximumShare * tokens.Shape.Count;
        bool hasPadding = _paddingId is { } padding && padding >= tokens.Minimum && padding <= tokens.Maximum;
        Note(tokens, (isLessWork, hasPadding) switch
        {
            (false, _) => "each token's row is gathered: too few tokens for the size of the table",
            (true, true) => "each token's row is gathered: padding may be among the tokens",
            _ => TableIsMapped,
        });
        return isLessWork && !hasPadding;
    }
}
