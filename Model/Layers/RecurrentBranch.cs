using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>One direction of one of the stacked layers of a <see cref="RecurrentLayer"/>: its parameters, and its run over time.</summary>
/// <param name="layer">The layer.</param>
/// <param name="index">Which of the stacked layers.</param>
/// <param name="reversed">Whether it reads backwards.</param>
internal sealed class RecurrentBranch(RecurrentLayer layer, int index, bool reversed)
{
    private readonly Dictionary<string, Parameter> _parameters = [];
    private KeptTable? _table;

    private CellGates Gates => layer.Gates;

    private int Units => layer.Units;

    private int InputRows => (Gates.Shared + Gates.Input) * Units;

    private int RecurrentRows => (Gates.Shared + Gates.State) * Units;

    private int SharedRows => Gates.Shared * Units;

    /// <summary>Asks for parameters and states.</summary>
    public void Plan(ModelPlan plan, int width)
    {
        bool isKeras = layer.Defaults == Defaults.Keras;
        Initializer uniform = Initializers.Uniform(1 / Math.Sqrt(Units));
        Initializer bias = layer.BiasInitializer ?? (isKeras ? Initializers.Zeros : uniform);
        Add(
            "weight_ih",
            [InputRows, width],
            layer.InputInitializer ?? (isKeras ? Initializers.GlorotUniform : uniform),
            layer.InputRegularizer,
            layer.InputConstraint);
        Add(
            "weight_hh",
            [RecurrentRows, layer.Features],
            layer.RecurrentInitializer ?? (isKeras ? Initializers.Orthogonal() : uniform),
            layer.RecurrentRegularizer,
            layer.RecurrentConstraint);
        if (layer.HasBias)
            Add("bias_ih", [InputRows], WithForgetBias(bias), layer.BiasRegularizer, layer.BiasConstraint);
        if (layer.HasBias && layer.SeparateBiases)
            Add("bias_hh", [RecurrentRows], bias, layer.BiasRegularizer, layer.BiasConstraint);
        if (layer.IsProjected)
            Add("weight_hr", [layer.Features, Units], isKeras ? Initializers.GlorotUniform : uniform);
        if (layer.UnitWeightCount > 0)
            Add("peephole", [layer.UnitWeightCount, Units], uniform);
        if (layer.NormalizesSums)
        {
            Add("gain_ih", [InputRows], Initializers.Ones);
            Add("gain_hh", [RecurrentRows], Initializers.Ones);
        }

        if (layer.NormalizesCellState)
        {
            Add("gain_c", [Units], Initializers.Ones);
            Add("shift_c", [Units], Initializers.Zeros);
        }

        plan.AddSlot(new(layer.Name, index, layer.Features, Gates.HasCell ? Units : 0, reversed));

        void Add(
            string kind, Shape shape, Initializer initializer, Regularizer? regularizer = null, MaxNorm? constraint = null) =>
            plan.AddParameter(NameOf(kind), shape, initializer, regularizer, constraint);
    }

    /// <summary>Takes the parameters.</summary>
    public void Bind(ParameterStore parameters)
    {
        _table = new(parameters);
        string[] kinds =
            ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr", "peephole", "gain_ih", "gain_hh", "gain_c", "shift_c"];
        foreach (string kind in kinds)
        {
            if (parameters.Find(NameOf(kind)) is { } parameter)
                _parameters.Add(kind, parameter);
        }
    }

    /// <summary>Runs over all time steps.</summary>
    public RecurrentResult Run(Tape tape, Flow x, StateCursor cursor, RandomStream? stream)
    {
        RandomStream? random = tape.IsTraining ? stream : null;
        SequenceRows? rows = x.Mask is null ? null : tape.Rows(x.Mask, reversed);
        if (random is not null && layer.InputDropout > 0)
            x = new(Masks.DropSequence(x.Values, layer.InputDropout, random), x.Mask);

        (Tensor sums, IndexTensor? tokens) = SumsOf(tape, x, rows);
        Shape perStep = tokens?.Shape ?? sums.Shape.Without(sums.Shape.Rank - 1);
        int batch = x.Mask?.Batch ?? perStep[1];
        Shape leading = [.. perStep, 1];
        Tensor weight = tape.Use(_parameters["weight_hh"]);
        if (random is not null)
            weight = weight.Dropout(layer.WeightDropout, random);
        (Tensor? hidden, Tensor? cell) = cursor.Take();
        return layer.RunCell(sums, weight, new()
        {
            Tokens = tokens,
            InitialHidden = hidden,
            InitialCell = cell,
            StateBias = StateBias(tape),
            UnitWeights = Find("peephole"),
            Projection = Find("weight_hr"),
            Factors = random is not null && layer.RecurrentDropout > 0
                ? tape.Filled([batch, layer.Features], 1).Dropout(layer.RecurrentDropout, random)
                : null,
            HiddenKeep = Keep(layer.HiddenZoneout, layer.Features),
            CellKeep = Keep(layer.CellZoneoutProbability, Units),
            RecurrentGain = Find("gain_hh"),
            CellGain = Find("gain_c"),
            CellShift = Find("shift_c"),
            Epsilon = layer.Epsilon,
            Rows = rows,
            Reversed = reversed,
        });

        Tensor? Keep(double probability, int columns)
        {
            if (probability == 0)
                return null;
            Shape shape = leading.With(leading.Rank - 1, columns);
            return random is null ? tape.Filled(shape, probability) : tape.Drawn(shape, probability, random);
        }
    }

    // The input product of all steps that count, with all biases but the state's own; or of a table's rows, with the tokens that choose among them.
    private (Tensor Sums, IndexTensor? Tokens) SumsOf(Tape tape, Flow x, SequenceRows? rows)
    {
        if (rows is null && _table is not null && x.TableParameter is { } embedding && KeptTable.Suits(tape, embedding, InputRows)
            && _table.IsDue(embedding, _parameters["weight_ih"]))
        {
            Tensor kept = _table.Of(
                tape, embedding, _parameters["weight_ih"], () => SumsOf(tape, new Flow(tape.Use(embedding)), null).Sums);
            return Gates.State == 0 ? (kept, x.Tokens) : (kept.Embedding(x.Tokens), null);
        }

        Parameter weight = _parameters["weight_ih"];
        Tensor? gain = Find("gain_ih") is { } parameter ? tape.Use(parameter) : null;
        Tensor? bias = InputBias(tape);
        Tensor? added = gain is null ? bias : null;
        Flow product = rows is null ? x.Linear(weight, added) : x.LinearOf(weight, added, rows);
        (Tensor sums, IndexTensor? tokens) = product.Table is { } table && Gates.State == 0 ? (table, product.Tokens) : (product.Values, null);
        return gain is null
            ? (sums, tokens)
            : (sums.LayerNormalization(gain, bias ?? tape.Filled([InputRows], 0), layer.Epsilon), tokens);
    }

    // Both biases of the gates that both products feed; of the others, the input's.
    private Tensor? InputBias(Tape tape)
    {
        if (Find("bias_ih") is not { } input)
            return null;
        if (Find("bias_hh") is not { } state)
            return input;
        if (InputRows == SharedRows)
            return tape.Use(input) + state;
        Tensor own = tape.Use(input);
        Tensor shared = own.Slice(0, SharedRows) + tape.Use(state).Slice(0, SharedRows);
        return Tensor.Concatenate(0, shared, own.Slice(SharedRows, InputRows - SharedRows));
    }

    private Tensor? StateBias(Tape tape) => Gates.State > 0 && Find("bias_hh") is { } bias
        ? tape.Use(bias).Slice(SharedRows, RecurrentRows - SharedRows)
        : null;

    private Initializer WithForgetBias(Initializer initializer) => (shape, values, random) =>
    {
        initializer(shape, values, random);
        if (Gates.Forget < 0)
            return;
        foreach (ref double value in values.Slice(Gates.Forget * Units, Units))
            value += layer.InitialForgetBias;
    };

    private Parameter? Find(string kind) => _parameters.GetValueOrDefault(kind);

    private string NameOf(string kind) => $"{layer.Name}.{kind}_l{index}{(reversed ? "_reverse" : "")}";
}
