using System.Text.Json;
using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Training;

/// <summary>Keras's names of activations. What <c>hard_sigmoid</c> means, the version of the file says.</summary>
internal static class KerasActivations
{
    private const string HardSigmoid = "hard_sigmoid";
    private const string Linear = "linear";

    private static readonly Dictionary<string, CellActivation> _cells = new(StringComparer.Ordinal)
    {
        [Linear] = CellActivation.Linear,
        ["sigmoid"] = CellActivation.Sigmoid,
        ["tanh"] = CellActivation.Tanh,
        ["relu"] = CellActivation.Relu,
        ["softsign"] = CellActivation.Softsign,
        ["softplus"] = CellActivation.Softplus,
        ["elu"] = CellActivation.Elu,
        ["selu"] = CellActivation.Selu,
        ["exponential"] = CellActivation.Exponential,
    };

    private static readonly Dictionary<string, ActivationFunction> _layers = new(StringComparer.Ordinal)
    {
        ["softmax"] = ActivationFunction.Softmax,
        ["sigmoid"] = ActivationFunction.Sigmoid,
        ["tanh"] = ActivationFunction.Tanh,
        ["relu"] = ActivationFunction.Relu,
        ["softplus"] = ActivationFunction.Softplus,
        ["gelu"] = ActivationFunction.Gelu,
        ["elu"] = ActivationFunction.Elu,
        ["selu"] = ActivationFunction.Selu,
        ["softsign"] = ActivationFunction.Softsign,
        ["silu"] = ActivationFunction.Silu,
        ["swish"] = ActivationFunction.Silu,
        ["exponential"] = ActivationFunction.Exponential,
    };

    /// <summary>An activation inside of a recurrent layer.</summary>
    /// <param name="settings">The layer's settings.</param>
    /// <param name="otherwise">What it is where the file does not say.</param>
    /// <param name="names">The setting's names over the versions.</param>
    /// <exception cref="ModelFileException">Cells here do not know it.</exception>
    public static CellActivation OfCell(KerasSettings settings, string otherwise, params ReadOnlySpan<string> names)
    {
        // None, written as null, is no activation at all.
        string name = settings.Raw(names[0]).ValueKind == JsonValueKind.Null ? Linear : settings.Name(otherwise, names);
        if (name == HardSigmoid)
            return settings.MajorVersion >= 3 ? CellActivation.HardSigmoid : CellActivation.HardSigmoidKeras2;
        return _cells.TryGetValue(name, out CellActivation activation)
            ? activation
            : throw Unknown(settings, names[0], name, _cells.Keys);
    }

    /// <summary>The activation of a layer, as a layer of its own; nothing, if it is linear.</summary>
    /// <exception cref="ModelFileException">There is none such here.</exception>
    public static Activation? OfLayer(KerasSettings settings, string layerName)
    {
        string name = settings.Name(Linear, "activation");
        if (name == Linear)
            return null;
        if (name == HardSigmoid)
        {
            return new(
                settings.MajorVersion >= 3 ? ActivationFunction.HardSigmoid : ActivationFunction.HardSigmoidKeras2)
            {
                Name = layerName,
            };
        }

        return _layers.TryGetValue(name, out ActivationFunction function)
            ? new(function) { Name = layerName }
            : throw Unknown(settings, "activation", name, _layers.Keys);
    }

    private static ModelFileException Unknown(
        KerasSettings settings, string setting, string name, IEnumerable<string> known)
    {
        string there = string.Join(", ", known.Append(HardSigmoid).Order(StringComparer.Ordinal));
        return settings.Refusal($"{setting} {ForeignText.Quote(name)} is refused: there are {there}");
    }
}
