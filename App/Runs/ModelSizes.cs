using MiniLstm.Model;

namespace MiniLstm.App;

/// <summary>The language model that <c>train</c> builds: embedding, stacked LSTM layers, dense layer to
/// logits.</summary>
/// <param name="Embedding">Width of the embedding.</param>
/// <param name="Hidden">Units of each LSTM layer.</param>
/// <param name="Layers">How many LSTM layers there are.</param>
/// <param name="Dropout">Probability of dropout between the LSTM layers and after the last one.</param>
/// <param name="Tie">Whether the dense layer shares the embedding's table.</param>
internal sealed record ModelSizes(int Embedding, int Hidden, int Layers, double Dropout, bool Tie)
{
    /// <summary>Describes the model, without taking memory.</summary>
    /// <param name="vocabulary">The number of tokens.</param>
    /// <returns>The model, not built.</returns>
    public Sequential Describe(int vocabulary)
    {
        var embedding = new Embedding(vocabulary, Embedding);
        var lstm = new Lstm(Hidden, Layers, Dropout, returnSequences: true);
        var dense = new Dense(vocabulary, tiedTo: Tie ? embedding : null);
        return Dropout > 0
            ? new Sequential(embedding, lstm, new Dropout(Dropout), dense)
            : new Sequential(embedding, lstm, dense);
    }
}
