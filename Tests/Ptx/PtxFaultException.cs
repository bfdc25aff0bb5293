namespace MiniLstm.Tests;

/// <summary>A program that does what no device would bear, or that means nothing here: what, and where in the PTX.</summary>
public sealed class PtxFaultException : Exception
{
    /// <summary>A fault whose place the caller knows.</summary>
    public PtxFaultException(string what)
        : base(what)
    {
    }

    /// <summary>A fault at a statement.</summary>
    public PtxFaultException(PtxStatement at, string what)
        : base($"line {at.Line}, '{at.Text}': {what}")
    {
        IsPlaced = true;
    }

    /// <summary>Whether the message says where.</summary>
    public bool IsPlaced { get; }
}
