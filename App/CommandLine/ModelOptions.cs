using System.CommandLine;

namespace MiniLstm.App;

/// <summary>The options of <c>train</c> that say what the model is.</summary>
internal sealed class ModelOptions
{
    public const int LargestSize = 1 << 14;

    private readonly Option<string?> _cell = Numbers.Choice(
        "--cell", "NAME", $"The cell of the recurrent layers (default {TrainingDefaults.Cell})", Cells.All);

    private readonly Option<int?> _hidden = Numbers.Integer(
        "--hidden", $"Units of each recurrent layer. Default: {TrainingDefaults.Hidden}.", 1, LargestSize);

    private readonly Option<int?> _layers = Numbers.Integer(
        "--layers", $"Recurrent layers. Default: {TrainingDefaults.Layers}.", 1, 64);

    private readonly Option<int?> _embedding = Numbers.Integer(
        "--embedding",
        $"Width of the embedding. Default: {TrainingDefaults.Embedding}, or with --tie that of what the last layer reads.",
        1,
        LargestSize);

    private readonly Option<bool> _tie = new("--tie")
    {
        Description = "Let the last layer share the embedding's table.",
    };

    private readonly Option<double?> _dropout = Probability(
        "--dropout", $"Dropout between and after the recurrent layers. Default: {TrainingDefaults.Dropout}.");

    private readonly Option<double?> _wordDropout = Probability(
        "--word-dropout", "Dropout of whole characters in the embedding. Default: 0.");

    private readonly Option<double?> _inputDropout = Probability(
        "--input-dropout", "Dropout of what a recurrent layer reads, one mask a window. Default: 0.");

    private readonly Option<double?> _recurrentDropout = Probability(
        "--recurrent-dropout", "Dropout of the hidden state before the recurrent product, one mask a window. Default: 0.");

    private readonly Option<double?> _weightDropout = Probability(
        "--weight-dropout", "Dropout of recurrent weights, one mask a step (DropConnect). Default: 0.");

    private readonly Option<double?> _zoneout = Probability(
        "--zoneout", "Probability with which a state keeps its old value. Default: 0.");

    private readonly Option<bool> _layerNorm = new("--layer-norm")
    {
        Description = "Normalise the sums of all gates and, of an LSTM, the cell state.",
    };

    private readonly Option<int?> _projection = Numbers.Integer(
        "--projection", "Project the hidden state of an LSTM to this width.", 1, LargestSize);

    private readonly Option<bool> _peepholes = new("--peepholes")
    {
        Description = "Let the gates of an LSTM see the cell state.",
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All =>
    [
        _cell, _hidden, _layers, _embedding, _tie, _dropout, _wordDropout, _inputDropout, _recurrentDropout, _weightDropout, _zoneout,
        _layerNorm, _projection, _peepholes,
    ];

    /// <summary>What the command line chooses.</summary>
    /// <exception cref="UsageException">Two choices do not go together.</exception>
    public ModelChoices Choose(ParseResult arguments)
    {
        string cell = arguments.GetValue(_cell) ?? TrainingDefaults.Cell;
        int hidden = arguments.GetValue(_hidden) ?? TrainingDefaults.Hidden;
        int projection = arguments.GetValue(_projection) ?? 0;
        bool peepholes = arguments.GetValue(_peepholes);
        if (cell != Cells.Lstm && (projection > 0 || peepholes))
            throw new UsageException(
                $"{(projection > 0 ? "--projection" : "--peepholes")} is for the cell state of an LSTM, which --cell {cell} has not");

        bool tie = arguments.GetValue(_tie);
        int features = projection > 0 ? projection : hidden;
        int embedding = arguments.GetValue(_embedding) ?? (tie ? features : TrainingDefaults.Embedding);
        if (tie && embedding != features)
            throw new UsageException(
                $"--tie needs an embedding as wide as what the last layer reads, got --embedding {embedding} and " +
                (projection > 0 ? $"--projection {projection}" : $"--hidden {hidden}"));

        return new()
        {
            Cell = cell,
            Embedding = embedding,
            Hidden = hidden,
            Layers = arguments.GetValue(_layers) ?? TrainingDefaults.Layers,
            Dropout = arguments.GetValue(_dropout) ?? TrainingDefaults.Dropout,
            WordDropout = arguments.GetValue(_wordDropout) ?? 0,
            InputDropout = arguments.GetValue(_inputDropout) ?? 0,
            RecurrentDropout = arguments.GetValue(_recurrentDropout) ?? 0,
            WeightDropout = arguments.GetValue(_weightDropout) ?? 0,
            Zoneout = arguments.GetValue(_zoneout) ?? 0,
            LayerNorm = arguments.GetValue(_layerNorm),
            Projection = projection,
            Peepholes = peepholes,
            Tie = tie,
        };
    }

    private static Option<double?> Probability(string name, string description) => Numbers.Real(name, description, 0, 0.99);
}
