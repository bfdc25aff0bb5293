namespace MiniLstm.Engine;

/// <summary>A device that cannot do what was asked; the message names device, purpose and bytes.</summary>
/// <param name="message">What failed and what would help.</param>
/// <param name="inner">The device's own error, if any.</param>
public sealed class DeviceException(string message, Exception? inner = null) : Exception(message, inner);
