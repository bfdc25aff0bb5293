using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Spoils parameters once, after the validation of a step.</summary>
internal sealed class AfterValidation(long step, Action<ParameterStore> spoil) : TrainingCallback
{
    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        if (report.Step == step)
            spoil(trainer.Model.Parameters);
    }

    public static void Fill(Parameter parameter, double value)
    {
        double[] values = new double[parameter.Shape.Count];
        Array.Fill(values, value);
        parameter.Set(values);
    }
}
