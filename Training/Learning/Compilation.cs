using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The way in from Keras.</summary>
public static class Compilation
{
    extension(Sequential model)
    {
        /// <summary>Makes a learner of a model: what Keras's <c>compile</c> does.</summary>
        /// <param name="loss">What training makes small.</param>
        /// <param name="optimizer">The rule that weights follow.</param>
        /// <param name="metrics">What else is measured, on training and validation data.</param>
        /// <returns>The learner at step 0; dispose of it to return the optimiser's memory. The model stays.</returns>
        /// <exception cref="InvalidOperationException">The model was not built.</exception>
        /// <exception cref="ArgumentException">The model's last layer makes predictions of another kind than the loss
        /// wants, or two metrics have one name.</exception>
        /// <exception cref="MiniLstm.Engine.DeviceException">The device has no room for the moments.</exception>
        public Learner Compile(Loss loss, Optimizer optimizer, params IReadOnlyList<Metric> metrics) =>
            new(model, loss, optimizer, metrics);
    }
}
