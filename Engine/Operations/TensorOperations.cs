using System.Diagnostics.CodeAnalysis;

namespace MiniLstm.Engine.Operations;

/// <summary>
/// Operations as methods and operators of tensors, such as <c>(x.MatMul(w) + b).Tanh()</c>. Each stands in the file of
/// its operation.
/// </summary>
[SuppressMessage(
    "Naming", "CA1708", Justification = "The analyzer takes two extension blocks for names that differ only by case.")]
public static partial class TensorOperations
{
}
