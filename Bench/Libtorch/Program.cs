using System.Globalization;
using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MiniLstm.Bench;

/// <summary>Times whole training steps of libtorch, as <c>Bench -- step</c> does those of MiniLstm: SHAPE SECONDS gives one JSON object;
/// without arguments, only the version, to see whether it starts.</summary>
internal static class Program
{
    private const double LearningRate = 1e-3;
    private const double MaximumNorm = 5;

    private static int Main(string[] arguments)
    {
        if (arguments is ["--weaken", var library])
        {
            VersionNeeds.Weaken(library);
            return 0;
        }

        if (arguments.Length == 0)
        {
            Console.WriteLine($"libtorch {__version__}, {get_num_threads()} threads");
            return 0;
        }

        if (arguments is not [var text, var duration]
            || WorkloadShape.Parse(text) is not { } shape
            || !double.TryParse(duration, CultureInfo.InvariantCulture, out double seconds)
            || !(seconds > 0))
        {
            Console.Error.WriteLine($"{string.Join(' ', arguments)}: expected a shape and seconds, such as V65,E128,H256,L2,B64,T64 5");
            return 2;
        }

        Console.WriteLine(JsonSerializer.Serialize(Measure(shape, seconds), JsonSerializerOptions.Web));
        return 0;
    }

    private static StepFigures Measure(WorkloadShape shape, double seconds)
    {
        using DisposeScope all = NewDisposeScope();
        random.manual_seed(1);
        Embedding embedding = nn.Embedding(shape.Vocabulary, shape.Embedding);
        LSTM lstm = nn.LSTM(shape.Embedding, shape.Hidden, shape.Layers);
        Linear head = nn.Linear(shape.Hidden, shape.Vocabulary);
        Parameter[] parameters = [.. embedding.parameters(), .. lstm.parameters(), .. head.parameters()];
        optim.Optimizer adam = optim.Adam(parameters, LearningRate);
        Tensor inputs = randint(0, shape.Vocabulary, [shape.Steps, shape.Batch], dtype: int64);
        Tensor targets = randint(0, shape.Vocabulary, [shape.Tokens], dtype: int64);

        // As ours, the state is carried from step to step, cut off from the gradients.
        Tensor hidden = zeros(shape.Layers, shape.Batch, shape.Hidden);
        Tensor cell = zeros(shape.Layers, shape.Batch, shape.Hidden);

        return StepTimes.Measure(shape, seconds, Step);

        void Step()
        {
            using DisposeScope ofStep = NewDisposeScope();
            adam.zero_grad();
            (Tensor output, Tensor lastHidden, Tensor lastCell) = lstm.forward(embedding.forward(inputs), (hidden, cell));
            Tensor logits = head.forward(output.reshape(shape.Tokens, shape.Hidden));
            Tensor loss = nn.functional.cross_entropy(logits, targets);
            loss.backward();
            nn.utils.clip_grad_norm_(parameters, MaximumNorm);
            adam.step();
            using (no_grad())
            {
                hidden.copy_(lastHidden);
                cell.copy_(lastCell);
            }
        }
    }
}
