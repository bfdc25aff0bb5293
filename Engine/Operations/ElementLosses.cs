namespace MiniLstm.Engine.Operations;

/// <summary>What losses of single elements have in common: how they become one, and how the gradient comes
/// back.</summary>
internal static class ElementLosses
{
    /// <summary>The shape of the loss.</summary>
    public static Shape ShapeOf(Shape elements, Reduction reduction) =>
        reduction == Reduction.None ? elements : [1];

    /// <summary>The loss, given those of the elements.</summary>
    public static void Reduce(Backend backend, View to, View losses, Reduction reduction)
    {
        if (reduction == Reduction.None)
            backend.Copy(to, losses);
        else
            backend.Sum(to, losses, Axis.All(losses.Shape), ShareOf(losses, reduction), add: false);
    }

    /// <summary>The chain rule: target (+)= scale · slope · dy, with dy / n for the mean of n elements.</summary>
    public static void SlopeInto(
        Backend backend, GradientTarget target, View slopes, View dy, Reduction reduction, double scale)
    {
        Broadcast broadcast = reduction == Reduction.None ? Broadcast.None : Broadcast.Scalar;
        using Scratch scaled = backend.Pool.Scratch(slopes.Shape, "gradient of an element's loss");
        backend.Combine<Multiplication>(scaled.View, slopes, dy, broadcast, add: false);
        backend.Scale(target.View, scale * ShareOf(slopes, reduction), scaled.View, target.Add);
    }

    private static double ShareOf(View elements, Reduction reduction) =>
        reduction == Reduction.Mean ? 1.0 / elements.Count : 1;
}
