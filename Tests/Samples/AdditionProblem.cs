using System.Globalization;
using MiniLstm.Engine;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Made-up sums such as <c>535+61</c>, different from one another, with their answers, all as texts of fixed length.</summary>
internal sealed class AdditionProblem
{
    public const string Characters = "0123456789+ ";

    private readonly int _questionLength;

    /// <summary>Makes questions.</summary>
    /// <param name="digits">The most digits of a number; each number of digits is as likely.</param>
    /// <param name="count">How many questions.</param>
    /// <param name="seed">What they depend on.</param>
    public AdditionProblem(int digits, int count, ulong seed)
    {
        _questionLength = 2 * digits + 1;
        AnswerLength = digits + 1;
        var random = new RandomStream(seed, stream: 0);
        var seen = new HashSet<(int, int)>();
        float[] questions = new float[count * _questionLength * Characters.Length];
        int[] answers = new int[count * AnswerLength];
        for (int k = 0; k < count; k++)
        {
            int a, b;
            do
            {
                a = Number(random, digits);
                b = Number(random, digits);
            }
            while (!seen.Add((Math.Min(a, b), Math.Max(a, b))));
            Write(a, b, questions.AsSpan(k * _questionLength * Characters.Length), answers.AsSpan(k * AnswerLength));
        }

        Questions = Samples.OfValues(questions, [count, _questionLength, Characters.Length]);
        Answers = Samples.OfIds(answers, [count, AnswerLength]);
    }

    /// <summary>One-hot characters [questions, time, characters], last character first: Keras's REVERSE.</summary>
    public Samples Questions { get; }

    /// <summary>The characters of the answers, [questions, time].</summary>
    public Samples Answers { get; }

    public int AnswerLength { get; }

    /// <summary>The fraction of answers whose characters are all right.</summary>
    public static double WholeAnswers(Samples logits, Samples answers)
    {
        int right = 0;
        int length = answers.Shape[1];
        for (int k = 0; k < answers.Count; k++)
        {
            bool isRight = true;
            for (int t = 0; t < length; t++)
            {
                ReadOnlySpan<float> scores = logits.ValuesOf(k).Slice(t * Characters.Length, Characters.Length);
                isRight &= Dataset.ClassOf(scores) == answers.Ids[k * length + t];
            }

            right += isRight ? 1 : 0;
        }

        return (double)right / answers.Count;
    }

    private static int Number(RandomStream random, int digits)
    {
        int number = 0;
        int length = 1 + (int)(random.NextUniform() * digits);
        for (int k = 0; k < length; k++)
            number = 10 * number + (int)(random.NextUniform() * 10);
        return number;
    }

    private void Write(int a, int b, Span<float> question, Span<int> answer)
    {
        string asked = string.Create(CultureInfo.InvariantCulture, $"{a}+{b}").PadRight(_questionLength);
        string answered = (a + b).ToString(CultureInfo.InvariantCulture).PadRight(AnswerLength);
        for (int t = 0; t < asked.Length; t++)
            question[t * Characters.Length + Characters.IndexOf(asked[^(t + 1)])] = 1;
        for (int t = 0; t < answered.Length; t++)
            answer[t] = Characters.IndexOf(answered[t]);
    }
}
