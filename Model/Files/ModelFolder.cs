using MiniLstm.Engine;

namespace MiniLstm.Model;

/// <summary>
/// A model as a folder of three files: <c>config.json</c>, its layers; <c>model.safetensors</c>, its weights with the
/// names and layouts of PyTorch; <c>tokenizer.json</c>, how text becomes its tokens.
/// </summary>
public static class ModelFolder
{
    /// <summary>The name of the weights' file.</summary>
    public const string WeightsName = "model.safetensors";

    /// <summary>Writes the three files, each whole or not at all, the weights last. Whoever replaces a model by one
    /// with other layers wants a new folder: a crash between two files leaves a mixture, which <see cref="Load"/>
    /// refuses.</summary>
    /// <param name="folder">The folder; it is created if it is not there.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The tokenizer that made its training data.</param>
    /// <exception cref="ArgumentException">The model does not take as many tokens as the tokenizer has, or
    /// does not end in as many logits for each time step.</exception>
    /// <exception cref="NotSupportedException">The model has a layer of a type that files do not know.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static void Save(string folder, Sequential model, TokenizerFile tokenizer)
    {
        if (model.MismatchWith(tokenizer.Tokenizer.Count) is { } mismatch)
            throw new ArgumentException($"Save: {mismatch}", nameof(tokenizer));
        byte[] vocabulary = tokenizer.ToBytes();

        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, TokenizerFile.Name), stream => stream.Write(vocabulary));
        Save(folder, model);
    }

    /// <summary>Writes a model that is fed by other means than a tokenizer: two files.</summary>
    /// <param name="folder">The folder; it is created if it is not there.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="NotSupportedException">The model has a layer of a type that files do not know.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be written.</exception>
    public static void Save(string folder, Sequential model)
    {
        byte[] config = ModelConfig.ToBytes(model);
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, ModelConfig.FileName), stream => stream.Write(config));
        (string, View)[] weights = [.. model.Parameters.All.Select(parameter => (parameter.Name, parameter.View))];
        TensorFile.Write(Path.Combine(folder, WeightsName), model.Device, weights);
    }

    /// <summary>Reads the three files. The header of the weights' file is held against the layers before any memory is
    /// taken.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the model is to live.</param>
    /// <param name="seed">The seed of its dropout, if it is going to be trained.</param>
    /// <returns>The model, built, and its tokenizer. Dispose of the model.</returns>
    /// <exception cref="ModelFileException">A file is unsound, or the three do not belong together.</exception>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    /// <exception cref="IOException">A file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static (Sequential Model, TokenizerFile Tokenizer) Load(string folder, Backend device, ulong seed = 0)
    {
        string vocabularyPath = Path.Combine(folder, TokenizerFile.Name);
        Sequential model = ModelConfig.Read(Path.Combine(folder, ModelConfig.FileName));
        TokenizerFile tokenizer = TokenizerFile.Read(vocabularyPath);
        if (model.MismatchWith(tokenizer.Tokenizer.Count) is { } mismatch)
            throw new ModelFileException(vocabularyPath, null, mismatch);
        Fill(folder, model, device, seed);
        return (model, tokenizer);
    }

    /// <summary>Reads a model whatever it is fed by: its layers and weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Where the model is to live.</param>
    /// <param name="seed">The seed of its dropout, if it is going to be trained.</param>
    /// <returns>The model, built. Dispose of it.</returns>
    /// <exception cref="ModelFileException">A file is unsound, or the two do not belong together.</exception>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    /// <exception cref="IOException">A file is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static Sequential LoadModel(string folder, Backend device, ulong seed = 0)
    {
        Sequential model = ModelConfig.Read(Path.Combine(folder, ModelConfig.FileName));
        Fill(folder, model, device, seed);
        return model;
    }

    // Builds with the weights of the file.
    private static void Fill(string folder, Sequential model, Backend device, ulong seed)
    {
        IReadOnlyList<ParameterPlan> plan = model.PlanWith(seed).Parameters;
        (string, Shape)[] expected = [.. plan.Select(parameter => (parameter.Name, parameter.Shape))];
        using SafetensorsFile weights = TensorFile.Open(Path.Combine(folder, WeightsName), expected);
        model.Build(device, seed, [.. plan.Select(parameter => parameter with { Initialize = null })]);
        try
        {
            TensorFile.Fill(weights, device, model.Parameters.All.Select(parameter => (parameter.Name, parameter.View)));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
