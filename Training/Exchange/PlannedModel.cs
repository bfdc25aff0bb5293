using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>What a model is going to need and give, known without building it.</summary>
/// <param name="Plan">Its parameters and states.</param>
/// <param name="Output">What flows out of its last layer.</param>
internal sealed record PlannedModel(ModelPlan Plan, FlowShape Output)
{
    /// <summary>Asks all layers.</summary>
    public static PlannedModel Of(Sequential model)
    {
        var plan = new ModelPlan(model.Layers, seed: 0);
        FlowShape flow = new(model.InputWidth);
        foreach (Layer layer in model.Layers)
            flow = layer.Plan(plan, flow);
        return new(plan, flow);
    }
}
