namespace MiniLstm.Bench;

/// <summary>A language model that reads text after text of the same size, and carries its states from one to the next.</summary>
internal interface IInference : IDisposable
{
    /// <summary>Reads on.</summary>
    /// <param name="tokens">[time, batch].</param>
    void Read(ReadOnlySpan<int> tokens);

    /// <summary>Reads on, and gives out what the model expects after each token.</summary>
    /// <param name="tokens">[time, batch].</param>
    /// <returns>The logits, [time, batch, vocabulary].</returns>
    double[] ReadLogits(ReadOnlySpan<int> tokens);
}
