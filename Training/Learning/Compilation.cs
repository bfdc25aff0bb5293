using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>The way in from Keras.</summary>
public static class Compilation
{
    extension(Network model)
    {
        /// <summary>Makes a learner of a model of one output: what Keras's <c>compile</c> does.</summary>
        /// <param name="loss">What training makes small.</param>
        /// <param name="optimizer">The rule that weights follow.</param>
        /// <param name="metrics">What else is measured, on training and validation data.</param>
        /// <returns>The learner at step 0; dispose of it to return the optimiser's memory. The model stays.</returns>
        /// <exception cref="InvalidOperationException">The model was not built.</exception>
        /// <exception cref="ArgumentException">The model's last layer makes predictions of another kind than the loss
        /// wants, two metrics have one name, or every layer is frozen.</exception>
        /// <exception cref="MiniLstm.Engine.DeviceException">The device has no room for the moments.</exception>
        public Learner Compile(Loss loss, Optimizer optimizer, params IReadOnlyList<Metric> metrics) =>
            new(model, optimizer, [new Objective("output", loss, metrics)]);

        /// <summary>Makes a learner of a model of several outputs.</summary>
        /// <param name="optimizer">The rule that weights follow.</param>
        /// <param name="objectives">What each output is trained for, in the order of
        /// <see cref="Network.Forward"/>; the sum of their losses, each times its weight, is made small.</param>
        /// <returns>The learner at step 0; dispose of it to return the optimiser's memory. The model stays.</returns>
        /// <exception cref="InvalidOperationException">The model was not built.</exception>
        /// <exception cref="ArgumentException">There is no objective, two have one name, or every layer is
        /// frozen.</exception>
        /// <exception cref="MiniLstm.Engine.DeviceException">The device has no room for the moments.</exception>
        public Learner Compile(Optimizer optimizer, params IReadOnlyList<Objective> objectives) =>
            new(model, optimizer, objectives);
    }
}
