using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.App;

/// <summary>What a run prints before its first step.</summary>
internal static class RunHeader
{
    /// <summary>Prints text, model, length, policy of the state, device and folder.</summary>
    public static void Print(
        RunFolder run, TrainingSettings settings, Sequential model, TokenizedText text, Windows windows, Backend device)
    {
        Console.WriteLine(
            $"text      {settings.Text}: {text.Train.Length:N0} characters to learn from, " +
            $"{text.Validation.Length:N0} to validate with");
        if (text.Unknown.Count > 0)
            Console.WriteLine($"          unknown in the validation text: {string.Join(", ", text.Unknown)}");
        if (settings.InitFrom is { } from)
            Console.WriteLine($"begins    with the model of {from}");
        Console.WriteLine();
        Console.Write(model.Summary());
        Console.WriteLine();
        Console.WriteLine(
            $"training  {settings.Steps:N0} steps{Reason(settings)}, each of {settings.Batch} windows of " +
            $"{settings.Window} characters; an epoch has {windows.PerEpoch:N0}");
        Console.WriteLine(
            $"          {settings.Optimizer}, learning rate {settings.LearningRate:G4}{Extras(settings)}, schedule {settings.Schedule}, " +
            $"gradient norm {(settings.Clip > 0 ? $"at most {settings.Clip:G4}" : "unlimited")}, seed {settings.Seed}");
        Console.WriteLine(
            "state     carried from window to window, reset at the start of each epoch; " +
            "gradients stop at window borders");
        Console.WriteLine($"device    {PathDisplay.Describe(device)}");
        Console.WriteLine($"run       {run}");
    }

    private static string Reason(TrainingSettings settings) => settings switch
    {
        { Minutes: { } minutes } => $" (--minutes {minutes:G4})",
        { Epochs: { } epochs } => $" (--epochs {epochs})",
        _ => "",
    };

    private static string Extras(TrainingSettings settings)
    {
        string decay = settings.WeightDecay > 0 ? $", weight decay {settings.WeightDecay:G4}" : "";
        string average = settings.Average > 0 ? $", moving average {settings.Average:G6}" : "";
        return decay + average;
    }
}
