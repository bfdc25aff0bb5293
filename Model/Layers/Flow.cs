using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>What flows from layer to layer: tokens, values, or tokens with the rows of a table that are not yet
/// gathered.</summary>
/// <remarks>
/// The last kind is the token table. A linear map of gathered rows equals the gathered rows of the mapped table, x[t] =
/// E[id[t]] gives W x[t] = (E Wᵀ)[id[t]]. With 65 characters and a batch of 2,048 tokens, the first layer of a model so
/// multiplies 65 rows instead of 2,048.
/// </remarks>
public readonly struct Flow
{
    // The saving of the product pays for gathering and scattering wider rows, with something to spare.
    private const double MaximumShare = 0.7;

    private readonly Tensor? _rows;
    private readonly IndexTensor? _tokens;

    /// <summary>Tokens, as they enter a model.</summary>
    /// <param name="tokens">[time, batch].</param>
    public Flow(IndexTensor tokens) => _tokens = tokens;

    /// <summary>Values.</summary>
    /// <param name="values">[time, batch, width] or [batch, width].</param>
    public Flow(Tensor values) => _rows = values;

    /// <summary>Tokens with the table whose rows they stand for.</summary>
    /// <param name="table">[vocabulary, width].</param>
    /// <param name="tokens">[time, batch].</param>
    public Flow(Tensor table, IndexTensor tokens)
    {
        _rows = table;
        _tokens = tokens;
    }

    /// <summary>The tokens that have not yet been exchanged for values.</summary>
    /// <exception cref="InvalidOperationException">Values flow.</exception>
    public IndexTensor Tokens => _tokens ?? throw new InvalidOperationException("values flow here, expected tokens");

    /// <summary>The values; from a table, the rows are gathered, anew at each call.</summary>
    /// <exception cref="InvalidOperationException">Tokens without a table flow.</exception>
    public Tensor Values
    {
        get
        {
            Tensor rows = _rows
                ?? throw new InvalidOperationException("tokens flow here, expected values: an Embedding makes them");
            return _tokens is null ? rows : rows.Embedding(_tokens);
        }
    }

    /// <summary>A linear map: of the whole table where that is less work than of the rows of all tokens, else of the
    /// values.</summary>
    /// <param name="weight">[N, width].</param>
    /// <param name="bias">[N], or absent.</param>
    /// <returns>A flow of width N, still with tokens if the table was mapped.</returns>
    /// <exception cref="ShapeException">The width is not that of the weight.</exception>
    public Flow Linear(Tensor weight, Tensor? bias)
    {
        if (_rows is not null && _tokens is not null && _rows.Shape[0] <= MaximumShare * _tokens.Shape.Count)
            return new(_rows.Linear(weight, bias), _tokens);
        return new(Values.Linear(weight, bias));
    }
}
