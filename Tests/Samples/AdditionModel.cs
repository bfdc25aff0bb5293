using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>
/// The sequence-to-sequence model of Keras's example <c>addition_rnn</c>: an encoder reads the question, its last state is given to each step of a
/// decoder, and a Dense layer says at each step which character of the answer stands there.
/// </summary>
internal sealed class AdditionModel : Network
{
    private readonly int _characters;

    /// <summary>Describes the model.</summary>
    /// <param name="units">Length of the states.</param>
    /// <param name="characters">How many characters there are, each a class.</param>
    /// <param name="answerLength">How many steps the decoder makes.</param>
    public AdditionModel(int units, int characters, int answerLength)
        : base(
            new Lstm(units) { Name = "encoder", Defaults = Defaults.Keras, SeparateBiases = false },
            new RepeatVector(answerLength),
            new Lstm(units, returnSequences: true) { Name = "decoder", Defaults = Defaults.Keras, SeparateBiases = false },
            new Dense(characters) { Name = "answer", Defaults = Defaults.Keras })
    {
        _characters = characters;
    }

    private Layer Encoder => Layers[0];

    private Layer Repeat => Layers[1];

    private Layer Decoder => Layers[2];

    private Layer Answer => Layers[3];

    public override IReadOnlyList<Flow> Forward(Tape tape, IReadOnlyList<Flow> inputs, StateCursor cursor)
    {
        Flow meaning = Encoder.Forward(tape, inputs[0], cursor);
        Flow repeated = Repeat.Forward(tape, meaning, cursor);
        Flow decoded = Decoder.Forward(tape, repeated, cursor);
        return [Answer.Forward(tape, decoded, cursor)];
    }

    protected override FlowShape Plan(ModelPlan plan)
    {
        FlowShape meaning = Encoder.Plan(plan, new(_characters));
        FlowShape decoded = Decoder.Plan(plan, Repeat.Plan(plan, meaning));
        return Answer.Plan(plan, decoded);
    }
}
