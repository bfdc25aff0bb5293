namespace MiniLstm.Model;

/// <summary>One recurrent layer's place in the working memory of a model: a hidden state and, of an LSTM, a cell state.</summary>
/// <param name="Layer">Name of the layer that it belongs to, such as <c>lstm</c>.</param>
/// <param name="Index">Which of the stacked layers inside it, from 0.</param>
/// <param name="Features">Length of the hidden state.</param>
/// <param name="CellUnits">Length of the cell state; 0 if there is none.</param>
/// <param name="IsReversed">Whether it is that of the direction back through time.</param>
public sealed record RecurrentSlot(string Layer, int Index, int Features, int CellUnits, bool IsReversed = false)
{
    private string Suffix => IsReversed ? "_reverse" : "";

    /// <summary>The name of the slot, such as <c>lstm.l0</c> or <c>lstm.l0_reverse</c>.</summary>
    public string Name => $"{Layer}.l{Index}{Suffix}";

    /// <summary>The name of the hidden state, such as <c>lstm.h_l0</c>.</summary>
    public string HiddenName => $"{Layer}.h_l{Index}{Suffix}";

    /// <summary>The name of the cell state, such as <c>lstm.c_l0</c>.</summary>
    public string CellName => $"{Layer}.c_l{Index}{Suffix}";

    /// <summary>Whether there is a cell state.</summary>
    public bool HasCell => CellUnits > 0;
}
