using MiniLstm.Engine;
using MiniLstm.Engine.Operations;

namespace MiniLstm.Model;

/// <summary>
/// The last layer of a model with very many classes (Grave et al., 2017), as PyTorch's AdaptiveLogSoftmaxWithLoss: frequent classes, which come first, are
/// told apart by a full linear map, rare ones in clusters by narrow maps, used for their rows only.
/// </summary>
/// <remarks>
/// <para>With cutoffs n_1 &lt; n_2 &lt; …, the head decides between the classes below n_1 and the clusters, of which the k-th, from 0, holds the classes
/// n_(k+1) to n_(k+2), exclusive, the last one those to the end:
/// <code>
/// log p(y) = log softmax(W_head x + b)[y]                                     y below n_1
/// log p(y) = log softmax(W_head x + b)[n_1 + k] + log softmax(V_k P_k x)[y - n_(k+1)]   y in cluster k
/// </code>
/// </para>
/// <para>Parameters, named as in PyTorch: <c>head.weight</c> [n_1 + clusters, features], <c>head.bias</c> if there is one, and for cluster k
/// <c>tail.{k}.0.weight</c>, P_k [features / divisor^(k + 1), features], and <c>tail.{k}.1.weight</c>, V_k. Each starts uniform in ± 1 / sqrt(its columns).</para>
/// <para>As a layer it puts out the log-probabilities of all classes, which are logits too: sampling and cross-entropy take them. What it saves, it
/// saves in <see cref="Loss"/>, which training calls with what flows into the layer.</para>
/// </remarks>
public sealed class AdaptiveSoftmax : Layer
{
    private readonly int[] _cutoffs;
    private Parameter? _head;
    private Parameter? _headBias;
    private (Parameter Projection, Parameter Output)[] _tails = [];

    /// <summary>Makes the layer.</summary>
    /// <param name="classes">The number of classes, the most frequent first.</param>
    /// <param name="cutoffs">Where clusters begin: rising, each at least 1 and below the number of classes, at least one.</param>
    /// <param name="divisor">By how much each cluster's projection is narrower than that of the one before; above 0.</param>
    /// <param name="headBias">Whether the head has a bias.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">The cutoffs are not as said.</exception>
    public AdaptiveSoftmax(int classes, IReadOnlyList<int> cutoffs, double divisor = 4, bool headBias = false)
    {
        Classes = CheckSize(classes, int.MaxValue);
        Divisor = divisor > 0 && double.IsFinite(divisor)
            ? divisor
            : throw new ArgumentOutOfRangeException(nameof(divisor), $"divisor {divisor}, expected above 0 and finite");
        HasHeadBias = headBias;
        _cutoffs = [.. cutoffs];
        for (int k = 0; k < _cutoffs.Length; k++)
        {
            int least = k == 0 ? 1 : _cutoffs[k - 1] + 1;
            if (_cutoffs[k] < least || _cutoffs[k] >= classes)
                throw new ArgumentException($"cutoff {k} is {_cutoffs[k]}, expected {least} to {classes - 1}", nameof(cutoffs));
        }

        if (_cutoffs.Length == 0)
            throw new ArgumentException("no cutoffs, expected at least one", nameof(cutoffs));
    }

    /// <inheritdoc/>
    public override string Kind => AdaptiveSoftmaxConfig.Kind;

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>Where clusters begin.</summary>
    public IReadOnlyList<int> Cutoffs => _cutoffs;

    /// <summary>By how much each cluster's projection is narrower than that of the one before.</summary>
    public double Divisor { get; }

    /// <summary>Whether the head has a bias.</summary>
    public bool HasHeadBias { get; }

    private int Shortlist => _cutoffs[0];

    private int Clusters => _cutoffs.Length;

    /// <inheritdoc/>
    public override FlowShape Plan(ModelPlan plan, FlowShape input)
    {
        ExpectValues(input);
        AddParameter("head.weight", Shortlist + Clusters, input.Width);
        if (HasHeadBias)
            plan.AddParameter(NameOf("head.bias"), [Shortlist + Clusters], Initializers.Uniform(1 / Math.Sqrt(input.Width)));
        for (int k = 0; k < Clusters; k++)
        {
            double width = Math.Floor(input.Width / Math.Pow(Divisor, k + 1));
            if (width is < 1 or > MaximumWidth)
                throw new ShapeException($"{Name}: {input.Width} features over {Divisor}^{k + 1} leave a projection {width} wide, expected at least 1");
            AddParameter($"tail.{k}.0.weight", (int)width, input.Width);
            AddParameter($"tail.{k}.1.weight", End(k) - _cutoffs[k], (int)width);
        }

        return input with { Width = Classes };

        void AddParameter(string name, int rows, int columns) =>
            plan.AddParameter(NameOf(name), [rows, columns], Initializers.Uniform(1 / Math.Sqrt(columns)));
    }

    /// <inheritdoc/>
    public override void Bind(ParameterStore parameters, NamedStreams streams)
    {
        _head = parameters[NameOf("head.weight")];
        _headBias = parameters.Find(NameOf("head.bias"));
        _tails = [.. Enumerable.Range(0, Clusters).Select(Tail)];

        (Parameter, Parameter) Tail(int k) => (parameters[NameOf($"tail.{k}.0.weight")], parameters[NameOf($"tail.{k}.1.weight")]);
    }

    /// <inheritdoc/>
    public override Flow Forward(Tape tape, Flow x, StateCursor cursor) => new(LogProbabilities(x.Values), x.Mask);

    /// <summary>The log-probabilities of all classes; as costly as a model without clusters.</summary>
    /// <param name="x">[..., features].</param>
    /// <returns>[..., classes].</returns>
    /// <exception cref="ShapeException">x has other features than planned.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public Tensor LogProbabilities(Tensor x)
    {
        Tensor rows = Rows(x);
        Tensor head = HeadLogits(rows).LogSoftmax();
        var parts = new Tensor[Clusters + 1];
        parts[0] = head.SliceAxis(1, 0, Shortlist);
        for (int k = 0; k < Clusters; k++)
            parts[k + 1] = TailLogits(rows, k).LogSoftmax() + head.SliceAxis(1, Shortlist + k, 1);
        return Tensor.Concatenate(1, parts).Reshape(x.Shape.WithColumns(Classes));
    }

    /// <summary>The mean negative log-likelihood of the targets, in nats; each cluster is computed for the rows whose target it holds. The targets pass
    /// through the host.</summary>
    /// <param name="x">[..., features]: what flows into the layer.</param>
    /// <param name="targets">[...]: each 0 to <see cref="Classes"/> - 1, or <see cref="CrossEntropyOptions.NoIndex"/>: such rows count nothing.</param>
    /// <returns>[1].</returns>
    /// <exception cref="ShapeException">The targets are not one for each row, or x has other features than planned.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is no class.</exception>
    /// <exception cref="ArgumentException">No target counts.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public Tensor Loss(Tensor x, IndexTensor targets)
    {
        if (targets.Shape != x.Shape.Without(x.Shape.Rank - 1))
            throw new ShapeException($"{Name}: targets {targets.Shape} are not one for each row of {x.Shape}");
        int[] classes = targets.ToArray();
        int[] headTargets = new int[classes.Length];
        var clusterRows = new List<int>[Clusters];
        for (int k = 0; k < Clusters; k++)
            clusterRows[k] = [];
        for (int row = 0; row < classes.Length; row++)
        {
            int cluster = ClusterOf(classes[row]);
            headTargets[row] = cluster < 0 ? classes[row] : Shortlist + cluster;
            if (cluster >= 0)
                clusterRows[cluster].Add(row);
        }

        int count = classes.Count(target => target != CrossEntropyOptions.NoIndex);
        if (count == 0)
            throw new ArgumentException($"{Name}: no target counts", nameof(targets));
        Tape tape = Tape.Of(x);
        Tensor rows = Rows(x);
        Tensor sum = HeadLogits(rows).CrossEntropy(tape.Indices([classes.Length], headTargets), Reduction.Sum);
        for (int k = 0; k < Clusters; k++)
        {
            int[] members = [.. clusterRows[k]];
            if (members.Length == 0)
                continue;
            int first = _cutoffs[k];
            int[] ownTargets = Array.ConvertAll(members, row => classes[row] - first);
            Tensor own = rows.Embedding(tape.Indices([members.Length], members));
            sum += TailLogits(own, k).CrossEntropy(tape.Indices([members.Length], ownTargets), Reduction.Sum);
        }

        return sum * (1.0 / count);
    }

    /// <summary>The most probable class of each row.</summary>
    /// <param name="x">[..., features].</param>
    /// <returns>[...].</returns>
    /// <exception cref="ShapeException">x has other features than planned.</exception>
    /// <exception cref="InvalidOperationException">The model was not built.</exception>
    public IndexTensor Predict(Tensor x) => LogProbabilities(x).ArgMax();

    internal override LayerConfig ToConfig() => new AdaptiveSoftmaxConfig(Name, Classes, _cutoffs, Divisor, HasHeadBias);

    private static Tensor Rows(Tensor x) => x.Reshape([checked((int)x.Shape.Rows), x.Shape.Columns]);

    private Tensor HeadLogits(Tensor rows) => rows.Linear(_head ?? throw NotBuilt(), _headBias);

    private Tensor TailLogits(Tensor rows, int cluster) => rows.Linear(_tails[cluster].Projection).Linear(_tails[cluster].Output);

    private int End(int cluster) => cluster + 1 < Clusters ? _cutoffs[cluster + 1] : Classes;

    // -1: none, the head tells the class.
    private int ClusterOf(int target)
    {
        if (target != CrossEntropyOptions.NoIndex && (target < 0 || target >= Classes))
            throw new ArgumentOutOfRangeException(
                null, $"{Name}: target {target}, expected 0 to {Classes - 1} or the ignored {CrossEntropyOptions.NoIndex}");
        int cluster = Clusters - 1;
        while (cluster >= 0 && target < _cutoffs[cluster])
            cluster--;
        return cluster;
    }

    private string NameOf(string parameter) => $"{Name}.{parameter}";
}
