using System.CommandLine;
using System.Globalization;

namespace MiniLstm.Bench;

/// <summary>The size of a language model and of its training step, written V65,E128,H256,L2,B64,T64.</summary>
/// <param name="Vocabulary">V.</param>
/// <param name="Embedding">E.</param>
/// <param name="Hidden">H.</param>
/// <param name="Layers">L.</param>
/// <param name="Batch">B.</param>
/// <param name="Steps">T.</param>
internal sealed record WorkloadShape(int Vocabulary, int Embedding, int Hidden, int Layers, int Batch, int Steps)
{
    private const string Letters = "VEHLBT";

    /// <summary>What engines and devices are compared on.</summary>
    public static WorkloadShape[] Compared { get; } =
    [
        new(65, 64, 128, 1, 32, 64),
        new(65, 128, 256, 2, 64, 64),
        new(10000, 650, 650, 2, 20, 35),
        new(256, 512, 1024, 1, 64, 100),
    ];

    /// <summary>Tokens of one step.</summary>
    public long Tokens => (long)Batch * Steps;

    /// <summary>
    /// The arithmetic of one step without any saving: two operations for each multiplication of the products, three products (one forward, two
    /// backward) for each weight.
    /// </summary>
    public double FloatingPointOperations
    {
        get
        {
            double weights = 4.0 * Hidden * (Embedding + Hidden) + (Layers - 1) * 8.0 * Hidden * Hidden + (double)Hidden * Vocabulary;
            return 6 * weights * Tokens;
        }
    }

    /// <summary>The option <c>--shape</c>.</summary>
    /// <param name="usual">The shape without it; absent: that of a usual training step.</param>
    public static Option<WorkloadShape> Option(WorkloadShape? usual = null) => new("--shape")
    {
        Description = "Vocabulary, embedding, hidden units, layers, batch, window.",
        DefaultValueFactory = _ => usual ?? new(65, 128, 256, 2, 64, 64),
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (Parse(text) is { } parsed)
                return parsed;
            result.AddError($"--shape {text}, expected a shape like V65,E128,H256,L2,B64,T64");
            return null;
        },
    };

    /// <summary>Reads a shape.</summary>
    /// <param name="text">Such as V65,E128,H256,L2,B64,T64.</param>
    /// <returns>The shape, or nothing if the text is not one.</returns>
    public static WorkloadShape? Parse(string text)
    {
        string[] parts = text.Split(',');
        int[] sizes = new int[Letters.Length];
        if (parts.Length != Letters.Length)
            return null;
        for (int k = 0; k < parts.Length; k++)
        {
            if (parts[k].Length < 2 || parts[k][0] != Letters[k])
                return null;
            if (!int.TryParse(parts[k].AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out sizes[k]) || sizes[k] < 1)
                return null;
        }

        return new(sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
    }

    public override string ToString() => $"V{Vocabulary},E{Embedding},H{Hidden},L{Layers},B{Batch},T{Steps}";
}
