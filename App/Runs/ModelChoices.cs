using MiniLstm.Model;

namespace MiniLstm.App;

/// <summary>The language model that <c>train</c> builds: embedding, stacked recurrent layers, dense layer to
/// logits.</summary>
internal sealed record ModelChoices
{
    /// <summary>One of <see cref="Cells"/>.</summary>
    public required string Cell { get; init; }

    /// <summary>Width of the embedding.</summary>
    public required int Embedding { get; init; }

    /// <summary>Units of each recurrent layer.</summary>
    public required int Hidden { get; init; }

    /// <summary>How many recurrent layers there are.</summary>
    public required int Layers { get; init; }

    /// <summary>Probability of dropout between the recurrent layers and after the last one.</summary>
    public double Dropout { get; init; }

    /// <summary>Probability of dropping a word's whole row of the embedding.</summary>
    public double WordDropout { get; init; }

    /// <summary>Probability of dropping an input of a recurrent layer, one mask a sequence.</summary>
    public double InputDropout { get; init; }

    /// <summary>Probability of dropping a hidden state before the recurrent product, one mask a sequence.</summary>
    public double RecurrentDropout { get; init; }

    /// <summary>Probability of dropping a recurrent weight, one mask a step.</summary>
    public double WeightDropout { get; init; }

    /// <summary>Probability with which states keep their old value.</summary>
    public double Zoneout { get; init; }

    /// <summary>Whether sums, and the cell state of an LSTM, are normalised.</summary>
    public bool LayerNorm { get; init; }

    /// <summary>Width of the projected hidden state of an LSTM; 0: none.</summary>
    public int Projection { get; init; }

    /// <summary>Whether the gates of an LSTM see the cell state.</summary>
    public bool Peepholes { get; init; }

    /// <summary>Whether the dense layer shares the embedding's table.</summary>
    public bool Tie { get; init; }

    /// <summary>Width of what the recurrent layers put out.</summary>
    public int Features => Projection > 0 ? Projection : Hidden;

    /// <summary>Describes the model, without taking memory.</summary>
    /// <param name="vocabulary">The number of tokens.</param>
    /// <returns>The model, not built.</returns>
    public Sequential Describe(int vocabulary)
    {
        var embedding = new Embedding(vocabulary, Embedding) { WordDropout = WordDropout };
        var dense = new Dense(vocabulary, tiedTo: Tie ? embedding : null);
        return Dropout > 0
            ? new Sequential(embedding, Recurrent(), new Dropout(Dropout), dense)
            : new Sequential(embedding, Recurrent(), dense);
    }

    private RecurrentLayer Recurrent()
    {
        var options = new RecurrentOptions
        {
            Units = Hidden,
            Layers = Layers,
            Dropout = Dropout,
            ReturnSequences = true,
            InputDropout = InputDropout,
            RecurrentDropout = RecurrentDropout,
            WeightDropout = WeightDropout,
            HiddenZoneout = Zoneout,
            NormalizesSums = LayerNorm,
        };
        return Cell switch
        {
            Cells.Gru => new Gru(options),
            Cells.Rnn => new SimpleRnn(options),
            _ => new Lstm(options)
            {
                CellZoneout = Zoneout,
                NormalizesCell = LayerNorm,
                Projection = Projection,
                Peepholes = Peepholes,
            },
        };
    }
}

/// <summary>The cells that <c>train --cell</c> knows.</summary>
internal static class Cells
{
    public const string Lstm = "lstm";
    public const string Gru = "gru";
    public const string Rnn = "rnn";

    public static string[] All { get; } = [Lstm, Gru, Rnn];
}
