using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>
/// The sequence-to-sequence model of Keras's example <c>addition_rnn</c>: an encoder reads the question, its last state is given to each step of a
/// decoder, and a Dense layer says at each step which character of the answer stands there.
/// </summary>
internal sealed class AdditionModel : Network
{
    private readonly int _characters;
    private readonly int _answerLength;

    /// <summary>Describes the model.</summary>
    /// <param name="units">Length of the states.</param>
    /// <param name="characters">How many characters there are, each a class.</param>
    /// <param name="answerLength">How many steps the decoder makes.</param>
    public AdditionModel(int units, int characters, int answerLength)
        : base(
            new Lstm(units) { Name = "encoder", Defaults = Defaults.Keras, SeparateBiases = false },
            new Lstm(units, returnSequences: true) { Name = "decoder", Defaults = Defaults.Keras, SeparateBiases = false },
            new Dense(characters) { Name = "answer", Defaults = Defaults.Keras })
    {
        _characters = characters;
        _answerLength = answerLength;
    }

    private Layer Encoder => Layers[0];

    private Layer Decoder => Layers[1];

    private Layer Answer => Layers[2];

    public override IReadOnlyList<Flow> Forward(Tape tape, IReadOnlyList<Flow> inputs, StateCursor cursor)
    {
        Tensor meaning = Encoder.Forward(tape, inputs[0], cursor).Values;
        Tensor once = meaning.Reshape([1, meaning.Shape[0], meaning.Shape[1]]);
        Tensor repeated = Tensor.Concatenate(0, [.. Enumerable.Repeat(once, _answerLength)]);
        Flow decoded = Decoder.Forward(tape, new(repeated), cursor);
        return [Answer.Forward(tape, decoded, cursor)];
    }

    protected override FlowShape Plan(ModelPlan plan)
    {
        FlowShape meaning = Encoder.Plan(plan, new(_characters));
        FlowShape decoded = Decoder.Plan(plan, new(meaning.Width, Steps: _answerLength));
        return Answer.Plan(plan, decoded);
    }
}
