namespace MiniLstm.Engine;

/// <summary>What an update rule keeps for each weight, each as the weights; absent where the rule keeps
/// fewer.</summary>
/// <param name="First">The first moments.</param>
/// <param name="Second">The second moments.</param>
/// <param name="Third">The third moments.</param>
public readonly record struct Moments(View First = default, View Second = default, View Third = default);
