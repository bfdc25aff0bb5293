using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>
/// Keeps the weights of the best validation in <c>model.safetensors</c> of a model's folder; of a run without
/// validation, the last weights.
/// </summary>
/// <param name="folder">The folder; it must exist.</param>
public sealed class BestModel(string folder) : TrainingCallback
{
    /// <inheritdoc/>
    public override void OnValidation(LanguageModelTrainer trainer, ValidationReport report)
    {
        if (report.IsBest)
            Save(trainer.Model);
    }

    /// <inheritdoc/>
    public override void OnEnd(LanguageModelTrainer trainer, TrainingResult result)
    {
        if (result.BestLoss is null)
            Save(trainer.Model);
    }

    private void Save(Sequential model)
    {
        string path = Path.Combine(folder, ModelFolder.WeightsName);
        TensorFile.Write(path, model.Device, [.. model.Parameters.All.Select(p => (p.Name, p.View))]);
    }
}
