using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>The weights of any model in a safetensors file, under their own names.</summary>
public static class WeightsFile
{
    extension(Network model)
    {
        /// <summary>Writes the weights, whole or not at all.</summary>
        /// <param name="path">The file to create or replace.</param>
        /// <exception cref="InvalidOperationException">The model was not built.</exception>
        /// <exception cref="IOException">The file cannot be written.</exception>
        /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
        public void SaveWeights(string path) => TensorFile.Write(path, model.Device, ViewsOf(model));

        /// <summary>Reads the weights of a file into the model. Nothing is written to it unless all is as
        /// expected.</summary>
        /// <param name="path">The file; F64, F32, F16 and BF16 are converted.</param>
        /// <param name="strict">Whether the file must have exactly the model's parameters. If not, those that it lacks
        /// keep their values and what the model does not know is left out; shapes must agree all the same.</param>
        /// <returns>What was loaded, what was missing, what was left over.</returns>
        /// <exception cref="ModelFileException">The file is unsound; a tensor has another shape than its parameter, or is
        /// not of floating point; or, if strict, tensors are missing or unexpected, which the message lists.</exception>
        /// <exception cref="InvalidOperationException">The model was not built.</exception>
        /// <exception cref="IOException">The file is not there or cannot be read.</exception>
        /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
        public WeightsReport LoadWeights(string path, bool strict = true) =>
            TensorFile.Read(path, model.Device, ViewsOf(model), strict);
    }

    private static (string Name, View View)[] ViewsOf(Network model) =>
        [.. model.Parameters.All.Select(parameter => (parameter.Name, parameter.View))];
}
