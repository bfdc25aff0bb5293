using MiniLstm.Engine;
using MiniLstm.Engine.Operations;
using MiniLstm.Model;

namespace MiniLstm.Tests;

/// <summary>Reads a story and a question about it, each with an LSTM of its own; puts out the answer, and which question it took it for.</summary>
internal sealed class StoryModel : Network
{
    public const int Colours = 4;
    public const int QuestionKinds = 2;

    private readonly Layer _storyWords;
    private readonly Layer _story;
    private readonly Layer _questionWords;
    private readonly Layer _question;
    private readonly Layer _hidden;
    private readonly Layer _answer;
    private readonly Layer _kind;

    public StoryModel()
        : this(
            new Model.Embedding(Colours + 1, 6) { Name = "story_words", PaddingId = 0 },
            new Lstm(12) { Name = "story" },
            new Model.Embedding(3, 3) { Name = "question_words" },
            new Lstm(4) { Name = "question" },
            new Dense(16) { Name = "hidden" },
            new Dense(Colours) { Name = "answer" },
            new Dense(QuestionKinds) { Name = "kind" })
    {
    }

    private StoryModel(params Layer[] layers)
        : base(layers)
    {
        _storyWords = layers[0];
        _story = layers[1];
        _questionWords = layers[2];
        _question = layers[3];
        _hidden = layers[4];
        _answer = layers[5];
        _kind = layers[6];
    }

    public override IReadOnlyList<Flow> Forward(Tape tape, IReadOnlyList<Flow> inputs, StateCursor cursor)
    {
        Flow story = Through(_story, Through(_storyWords, inputs[0]));
        Flow question = Through(_question, Through(_questionWords, inputs[1]));
        Tensor both = Tensor.Concatenate(1, story.Values, question.Values);
        var hidden = new Flow(Through(_hidden, new(both)).Values.Tanh());
        return [Through(_answer, hidden), Through(_kind, question)];

        Flow Through(Layer layer, Flow x) => layer.Forward(tape, x, cursor);
    }

    protected override FlowShape Plan(ModelPlan plan)
    {
        FlowShape story = _story.Plan(plan, _storyWords.Plan(plan, FlowShape.Tokens));
        FlowShape question = _question.Plan(plan, _questionWords.Plan(plan, FlowShape.Tokens));
        FlowShape hidden = _hidden.Plan(plan, story with { Width = story.Width + question.Width });
        _kind.Plan(plan, question);
        return _answer.Plan(plan, hidden);
    }
}
