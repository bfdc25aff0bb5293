namespace MiniLstm.Training;

/// <summary>One text of a collection.</summary>
/// <param name="Name">
/// Where it comes from: the relative path of a file, or for the built-in corpus the full name of the outermost
/// declaring type, which many documents share.
/// </param>
/// <param name="Text">Its text.</param>
public sealed record Document(string Name, string Text);
