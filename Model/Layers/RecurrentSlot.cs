namespace MiniLstm.Model;

/// <summary>One recurrent layer's place in the working memory of a model: a hidden and a cell state.</summary>
/// <param name="Layer">Name of the layer that it belongs to, such as <c>lstm</c>.</param>
/// <param name="Index">Which of the stacked layers inside it, from 0.</param>
/// <param name="Units">Length of each state.</param>
public sealed record RecurrentSlot(string Layer, int Index, int Units)
{
    /// <summary>The name of the slot, such as <c>lstm.l0</c>.</summary>
    public string Name { get; } = $"{Layer}.l{Index}";

    /// <summary>The name of the hidden state, such as <c>lstm.h_l0</c>.</summary>
    public string HiddenName { get; } = $"{Layer}.h_l{Index}";

    /// <summary>The name of the cell state, such as <c>lstm.c_l0</c>.</summary>
    public string CellName { get; } = $"{Layer}.c_l{Index}";
}
