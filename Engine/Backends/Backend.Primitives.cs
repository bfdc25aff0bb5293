namespace MiniLstm.Engine;

/// <content>Tier 1: memory and primitives.</content>
public abstract partial class Backend
{
    /// <summary>Copies values to the device.</summary>
    /// <param name="to">Floating-point view of as many elements.</param>
    /// <param name="values">The values; rounded to the backend's kind.</param>
    public abstract void Upload(View to, ReadOnlySpan<double> values);

    /// <summary>Copies values to the device.</summary>
    /// <param name="to">Floating-point view of as many elements.</param>
    /// <param name="values">The values.</param>
    public abstract void Upload(View to, ReadOnlySpan<float> values);

    /// <summary>Copies integers to the device.</summary>
    /// <param name="to">Integer view of as many elements.</param>
    /// <param name="values">The values.</param>
    public abstract void Upload(View to, ReadOnlySpan<int> values);

    /// <summary>Copies values to the host, once everything before is computed.</summary>
    /// <param name="from">Floating-point view.</param>
    /// <param name="values">Room for as many elements.</param>
    public abstract void Download(View from, Span<double> values);

    /// <summary>Copies values to the host, once everything before is computed.</summary>
    /// <param name="from">Floating-point view.</param>
    /// <param name="values">Room for as many elements; rounded if the backend's kind is wider.</param>
    public abstract void Download(View from, Span<float> values);

    /// <summary>Copies integers to the host, once everything before is computed.</summary>
    /// <param name="from">Integer view.</param>
    /// <param name="values">Room for as many elements.</param>
    public abstract void Download(View from, Span<int> values);

    /// <summary>Copies values to the device that are computed for the purpose, such as the first values of a weight.</summary>
    /// <param name="to">Floating-point view.</param>
    /// <param name="compute">Fills in all of them; at first they are 0. The room for them lasts as long as the call.</param>
    public virtual void Upload(View to, Action<Span<double>> compute)
    {
        double[] values = new double[to.Count];
        compute(values);
        Upload(to, values);
    }

    /// <summary>Lets the host write values: without a copy where the device's memory is the host's and of float32.</summary>
    /// <param name="to">Floating-point view.</param>
    /// <param name="write">Fills in all of them; what is there at first is undefined. The room lasts as long as the call.</param>
    public virtual void Upload(View to, Action<Span<float>> write)
    {
        float[] values = new float[to.Count];
        write(values);
        Upload(to, values);
    }

    /// <summary>Shows values to the host, once everything before is computed: without a copy where the device's memory is the host's.</summary>
    /// <param name="from">Floating-point view.</param>
    /// <param name="read">Reads them; rounded if the backend's kind is wider. They are gone after the call.</param>
    public virtual void Download(View from, Action<ReadOnlySpan<float>> read)
    {
        float[] values = new float[from.Count];
        Download(from, values);
        read(values);
    }

    /// <summary>to = from, element by element; either kind of element.</summary>
    /// <param name="to">Destination.</param>
    /// <param name="from">Source of the same count and kind.</param>
    public abstract void Copy(View to, View from);

    /// <summary>to = value everywhere.</summary>
    /// <param name="to">Floating-point destination.</param>
    /// <param name="value">The value.</param>
    public abstract void Fill(View to, double value);

    /// <summary>to (+)= scale · x.</summary>
    /// <param name="to">Destination; may be x.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="x">Operand of the same count.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Scale(View to, double scale, View x, bool add);

    /// <summary>to (+)= f(a, b), b broadcast to a.</summary>
    /// <typeparam name="TCombination">f.</typeparam>
    /// <param name="to">Destination, as a; may be a, or b where nothing is broadcast.</param>
    /// <param name="a">[rows, columns].</param>
    /// <param name="b">[rows, columns], [columns], [rows] or [1].</param>
    /// <param name="broadcast">Which of them.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Combine<TCombination>(View to, View a, View b, Broadcast broadcast, bool add)
        where TCombination : struct, ICombination;

    /// <summary>y = f(x) element by element.</summary>
    /// <typeparam name="TMap">f.</typeparam>
    /// <param name="y">Destination; may be x.</param>
    /// <param name="x">Operand.</param>
    public abstract void Map<TMap>(View y, View x)
        where TMap : struct, IMap;

    /// <summary>dx (+)= f'(x) dy element by element.</summary>
    /// <typeparam name="TMap">f.</typeparam>
    /// <param name="dx">Destination; may be dy.</param>
    /// <param name="x">The map's operand.</param>
    /// <param name="y">f(x).</param>
    /// <param name="dy">Gradient of y.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void MapSlope<TMap>(View dx, View x, View y, View dy, bool add)
        where TMap : struct, IMap;

    /// <summary>to (+)= set where the mask is not 0, unset elsewhere.</summary>
    /// <param name="to">Destination.</param>
    /// <param name="mask">Integers, one for each element, or one for each row of the destination.</param>
    /// <param name="set">As the destination, or absent: zeros.</param>
    /// <param name="unset">As the destination, or absent: zeros.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Select(View to, View mask, View set, View unset, bool add);

    /// <summary>c (+)= a b, each operand transposed or not; with three axes, for every entry of the leading one.</summary>
    /// <param name="c">[M, N] or [batch, M, N].</param>
    /// <param name="a">[M, K], transposed [K, M].</param>
    /// <param name="transposeA">Whether a is transposed.</param>
    /// <param name="b">[K, N], transposed [N, K].</param>
    /// <param name="transposeB">Whether b is transposed.</param>
    /// <param name="add">Whether to add: the products accumulate onto c from the start.</param>
    public abstract void MatMul(View c, View a, bool transposeA, View b, bool transposeB, bool add);

    /// <summary>y = x Wᵀ + b: every row begins as the bias, and the products accumulate onto it.</summary>
    /// <param name="y">[rows, out].</param>
    /// <param name="x">[rows, in].</param>
    /// <param name="weight">[out, in]: W.</param>
    /// <param name="bias">[out]: b, or absent: zeros.</param>
    public virtual void Linear(View y, View x, View weight, View bias)
    {
        if (bias.Exists)
            Spread(y, bias, Axis.Rows(y.Shape), 1, add: false);
        MatMul(y, x, false, weight, true, add: bias.Exists);
    }

    /// <summary>to (+)= scale · the sums of x along an axis.</summary>
    /// <param name="to">[outer, inner].</param>
    /// <param name="x">[outer, length, inner].</param>
    /// <param name="axis">How x is read.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Sum(View to, View x, Axis axis, double scale, bool add);

    /// <summary>to[column] (+)= Σ a[row, column] b[row, column] over the rows.</summary>
    /// <param name="to">[columns].</param>
    /// <param name="a">[rows, columns].</param>
    /// <param name="b">[rows, columns].</param>
    /// <param name="add">Whether to add.</param>
    public abstract void SumProducts(View to, View a, View b, bool add);

    /// <summary>to (+)= scale · x, repeated along an axis; the reverse of <see cref="Sum"/>.</summary>
    /// <param name="to">[outer, length, inner].</param>
    /// <param name="x">[outer, inner].</param>
    /// <param name="axis">How the destination is read.</param>
    /// <param name="scale">The factor.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Spread(View to, View x, Axis axis, double scale, bool add);

    /// <summary>The largest values along an axis and where they are; the first of equals. NaN counts as larger than any number.</summary>
    /// <param name="to">[outer, inner], or absent if only the positions are asked.</param>
    /// <param name="positions">[outer, inner], integers: index along the axis.</param>
    /// <param name="x">[outer, length, inner].</param>
    /// <param name="axis">How x is read.</param>
    public abstract void Max(View to, View positions, View x, Axis axis);

    /// <summary>dx (+)= dy at the given positions along an axis, 0 elsewhere; the reverse of <see cref="Max"/>.</summary>
    /// <param name="dx">[outer, length, inner].</param>
    /// <param name="positions">[outer, inner].</param>
    /// <param name="dy">[outer, inner].</param>
    /// <param name="axis">How dx is read.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void MaxSlope(View dx, View positions, View dy, Axis axis, bool add);

    /// <summary>A range of columns of one matrix (+)= a range of columns of another.</summary>
    /// <param name="to">[rows, columns of its own].</param>
    /// <param name="toColumn">First column written.</param>
    /// <param name="from">[rows, columns of its own].</param>
    /// <param name="fromColumn">First column read.</param>
    /// <param name="count">How many columns.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void CopyColumns(View to, int toColumn, View from, int fromColumn, int count, bool add);

    /// <summary>to (+)= x with two axes exchanged: to[o, j, m, i, n] = x[o, i, m, j, n].</summary>
    /// <param name="to">The exchanged array.</param>
    /// <param name="x">The array.</param>
    /// <param name="first">The outer axis of x of the two.</param>
    /// <param name="second">The inner axis of x of the two.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void SwapAxes(View to, View x, int first, int second, bool add);

    /// <summary>to[r] = table[ids[r]].</summary>
    /// <param name="to">[rows, columns].</param>
    /// <param name="table">[entries, columns].</param>
    /// <param name="ids">[rows], integers in 0 to entries - 1.</param>
    public abstract void Gather(View to, View table, View ids);

    /// <summary>to[places[r]] (+)= rows[r], where no two places are the same.</summary>
    /// <param name="to">[entries, columns].</param>
    /// <param name="places">[rows], integers in 0 to entries - 1, all different.</param>
    /// <param name="rows">[rows, columns].</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Scatter(View to, View places, View rows, bool add);

    /// <summary>table[ids[r]] += rows[r], in the order of r.</summary>
    /// <param name="table">[entries, columns].</param>
    /// <param name="ids">[rows], in 0 to entries - 1. Not a view alone: a device that cannot sort them well takes them as the host has them.</param>
    /// <param name="rows">[rows, columns].</param>
    /// <param name="skippedId">Rows with this id add nothing; -1 for none.</param>
    public abstract void ScatterAdd(View table, IndexTensor ids, View rows, int skippedId);

    /// <summary>The softmax of each row, exp(x - m) / Σ exp(x - m) with m the row's largest value, or its logarithm.</summary>
    /// <param name="y">[rows, columns].</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="logarithm">Whether to give x - m - log Σ exp(x - m) instead.</param>
    public abstract void Softmax(View y, View x, bool logarithm);

    /// <summary>dx (+)= y (dy - Σ y dy), or dy - exp(y) Σ dy for the logarithm, row by row.</summary>
    /// <param name="dx">[rows, columns].</param>
    /// <param name="y">What <see cref="Softmax"/> gave.</param>
    /// <param name="dy">Its gradient.</param>
    /// <param name="logarithm">Which of the two.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void SoftmaxSlope(View dx, View y, View dy, bool logarithm, bool add);

    /// <summary>
    /// The cross-entropy of each row of logits z with target y: with L = log Σ exp(z_c), class weights w and smoothing ε over C classes,
    /// (1 - ε) w_y (L - z_y) + ε / C Σ w_c (L - z_c). Ignored rows get 0.
    /// </summary>
    /// <param name="losses">[rows].</param>
    /// <param name="logSums">[rows, 2], for backward: the row's largest logit m, and log Σ exp(z_c - m); apart, since beside a large m the
    /// second would lose its digits.</param>
    /// <param name="rowWeights">[rows]: w_y, or 0 for ignored rows; their sum is what the mean divides by.</param>
    /// <param name="logits">[rows, C].</param>
    /// <param name="targets">[rows], integers in 0 to C - 1, or the ignored index.</param>
    /// <param name="classWeights">[C], or absent: all 1.</param>
    /// <param name="options">Ignored index and smoothing.</param>
    public abstract void CrossEntropy(
        View losses, View logSums, View rowWeights, View logits, View targets, View classWeights, CrossEntropyOptions options);

    /// <summary>The gradient of <see cref="CrossEntropy"/>: with p the softmax and W = Σ w_c,
    /// s (p_c ((1 - ε) w_y + ε / C W) - (1 - ε) w_y [c = y] - ε / C w_c).</summary>
    /// <param name="dLogits">[rows, C]; may be the logits.</param>
    /// <param name="logits">[rows, C].</param>
    /// <param name="logSums">[rows, 2]: as <see cref="CrossEntropy"/> left them.</param>
    /// <param name="scale">s: [rows], or [1] for all rows.</param>
    /// <param name="targets">[rows].</param>
    /// <param name="classWeights">[C], or absent.</param>
    /// <param name="options">Ignored index and smoothing.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void CrossEntropySlope(
        View dLogits, View logits, View logSums, View scale, View targets, View classWeights, CrossEntropyOptions options, bool add);

    /// <summary>Each row normalised: n = (x - mean) / sqrt(variance + ε), y = n gain + shift (Ba et al., 2016; biased variance).</summary>
    /// <param name="y">[rows, columns].</param>
    /// <param name="normalized">[rows, columns]: n, for backward.</param>
    /// <param name="inverseDeviations">[rows]: 1 / sqrt(variance + ε), for backward.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="gain">[columns].</param>
    /// <param name="shift">[columns].</param>
    /// <param name="epsilon">ε.</param>
    public abstract void LayerNormalization(
        View y, View normalized, View inverseDeviations, View x, View gain, View shift, double epsilon);

    /// <summary>The gradient of <see cref="LayerNormalization"/> by x: with q = dy gain, dx (+)= (q - mean(q) - n mean(q n)) / deviation.</summary>
    /// <param name="dx">[rows, columns]; may be dy.</param>
    /// <param name="normalized">[rows, columns]: n.</param>
    /// <param name="inverseDeviations">[rows].</param>
    /// <param name="gain">[columns].</param>
    /// <param name="dy">[rows, columns].</param>
    /// <param name="add">Whether to add.</param>
    public abstract void LayerNormalizationSlope(
        View dx, View normalized, View inverseDeviations, View gain, View dy, bool add);

    /// <summary>to (+)= x / (1 - p) where the element's random number is at least p, 0 elsewhere (inverted dropout).</summary>
    /// <param name="to">Destination; may be x.</param>
    /// <param name="x">Operand.</param>
    /// <param name="probability">p, in [0, 1).</param>
    /// <param name="range">One number for each element.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void Dropout(View to, View x, double probability, RandomRange range, bool add);

    /// <summary>to = 1 with a probability, else 0: 1 where the element's random number is below it.</summary>
    /// <param name="to">Destination.</param>
    /// <param name="probability">The probability, in [0, 1].</param>
    /// <param name="range">One number for each element.</param>
    public abstract void Draw(View to, double probability, RandomRange range);

    /// <summary>to[0] (+)= Σ x².</summary>
    /// <param name="to">[1].</param>
    /// <param name="x">Operand.</param>
    /// <param name="add">Whether to add.</param>
    public abstract void SumOfSquares(View to, View x, bool add);

    /// <summary>Notes the first step whose gradient is not finite: status[1] = step if it is 0 and status[0] is infinite or NaN.</summary>
    /// <param name="status">[2]: the squared norm of the gradient, and the step that failed first, 0 if none did.</param>
    /// <param name="step">The step, from 1; below 2^24, so that float32 holds it.</param>
    public abstract void JudgeGradient(View status, long step);

    /// <summary>Updates weights by a rule with clipped gradients; does nothing once a step has failed.</summary>
    /// <typeparam name="TRule">The rule.</typeparam>
    /// <param name="weights">Changed in place.</param>
    /// <param name="gradients">Their gradients, or whatever else the rule follows.</param>
    /// <param name="moments">What the rule keeps for each weight.</param>
    /// <param name="rule">The numbers of this step.</param>
    /// <param name="status">As <see cref="JudgeGradient"/> left it.</param>
    /// <param name="limit">How gradients are clipped.</param>
    public abstract void Update<TRule>(
        View weights, View gradients, Moments moments, in TRule rule, View status, GradientLimit limit)
        where TRule : struct, IUpdateRule<TRule>;

    /// <summary>to = from, unless a step has failed.</summary>
    /// <param name="to">Destination.</param>
    /// <param name="from">Source of the same count.</param>
    /// <param name="status">As <see cref="JudgeGradient"/> left it.</param>
    public abstract void CopyUnlessFailed(View to, View from, View status);
}
