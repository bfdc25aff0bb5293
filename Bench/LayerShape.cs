namespace MiniLstm.Bench;

/// <summary>The size of an LSTM layer and of what it reads.</summary>
/// <param name="Inputs">Width of the input, I.</param>
/// <param name="Hidden">Units, H.</param>
/// <param name="Batch">Sequences, B.</param>
/// <param name="Steps">Time steps, T.</param>
internal sealed record LayerShape(int Inputs, int Hidden, int Batch, int Steps)
{
    private const int Gates = 4;

    /// <summary>Arithmetic of the two products of the forward pass; backward takes twice as much.</summary>
    public double ForwardOperations => 2.0 * Batch * Steps * Weights;

    /// <summary>What the forward pass moves at least: input and weights are read, gates, hidden and cell state are written, once. Backward moves twice
    /// as much.</summary>
    public double ForwardBytes => sizeof(float) * (Weights + (double)Batch * Steps * (Inputs + (Gates + 2) * Hidden));

    private double Weights => (double)Gates * Hidden * (Inputs + Hidden);

    public override string ToString() => $"I{Inputs},H{Hidden},B{Batch},T{Steps}";
}
