namespace MiniLstm.Engine.Operations;

/// <summary>
/// What <see cref="CrossEntropy"/> and <see cref="LinearCrossEntropy"/> have in common: the rules for targets and class weights, and how the losses
/// of the rows become one.
/// </summary>
/// <param name="targets">[...]: each 0 to C - 1 or the ignored index.</param>
/// <param name="reduction">How the rows become one loss.</param>
/// <param name="options">The ignored index and ε.</param>
/// <param name="classWeights">[C], constants; absent: all 1.</param>
internal sealed class TargetRows(IndexTensor targets, Reduction reduction, CrossEntropyOptions options, Tensor? classWeights)
{
    private View _totalWeight;

    public IndexTensor Targets { get; } = targets;

    public CrossEntropyOptions Options { get; } = options;

    public Shape OutputShape => Reduces ? [1] : Targets.Shape;

    public bool Reduces => reduction != Reduction.None;

    public View ClassWeights => classWeights?.View ?? default;

    /// <summary>Why the shapes do not fit, or null.</summary>
    /// <param name="rows">An operand with one row for each target.</param>
    /// <param name="name">What its rows are.</param>
    /// <param name="classes">C.</param>
    public string? Misfit(Tensor rows, string name, int classes)
    {
        int rank = rows.Shape.Rank;
        if (rank == 0 || Targets.Shape != rows.Shape.Without(rank - 1))
            return $"targets {Targets.Shape} are not one for each row of {name}";
        return classWeights is not null && classWeights.Shape != [classes] ? $"the class weights must be [{classes}]" : null;
    }

    /// <summary>Checks everything but shapes.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="rows">An operand with one row for each target.</param>
    /// <param name="classes">C.</param>
    /// <exception cref="ArgumentException">A target or the smoothing is out of range (<see cref="ArgumentOutOfRangeException"/>), or class weights
    /// are tracked.</exception>
    public void Check(string operation, Tensor rows, int classes)
    {
        if (classWeights is { IsTracked: true })
            throw new ArgumentException(
                $"{operation}: class weights are constants, no gradient flows into them; {classWeights.Name} is tracked");
        if (!(Options.Smoothing is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(null, $"{operation}: smoothing {Options.Smoothing}, expected 0 to 1");

        // The ignored index may lie outside the classes: then the entries next to it decide.
        int ignored = Options.IgnoredIndex;
        CheckTarget(Targets.Minimum == ignored ? Targets.NextMinimum : Targets.Minimum);
        CheckTarget(Targets.Maximum == ignored ? Targets.NextMaximum : Targets.Maximum);

        void CheckTarget(int target)
        {
            if (target != ignored && (target < 0 || target >= classes))
                throw new ArgumentOutOfRangeException(
                    null,
                    $"{operation}: target {target}, expected 0 to {classes - 1} or the ignored {ignored}; " +
                    $"operands {rows.Name} {rows.Shape}, targets {Targets.Shape}");
        }
    }

    /// <summary>The one loss, of operations that reduce.</summary>
    /// <param name="tape">Where to rent what backward needs.</param>
    /// <param name="loss">[1].</param>
    /// <param name="losses">[rows].</param>
    /// <param name="rowWeights">[rows]: 0 for ignored rows.</param>
    public void Reduce(Tape tape, View loss, View losses, View rowWeights)
    {
        Backend backend = tape.Backend;
        backend.Sum(loss, losses, Axis.All(losses.Shape), 1, add: false);
        if (reduction != Reduction.Mean)
            return;
        _totalWeight = tape.Rent([1], "total weight of the targets");
        backend.Sum(_totalWeight, rowWeights, Axis.All(rowWeights.Shape), 1, add: false);
        backend.Combine<Division>(loss, loss, _totalWeight, Broadcast.None, add: false);
    }

    /// <summary>What the losses of the rows get of the gradient dy: dy over the total weight for the mean, else dy itself. Nothing where no row
    /// counts.</summary>
    /// <param name="backend">Where.</param>
    /// <param name="dy">The gradient of the loss, or of each row's.</param>
    /// <param name="room">[1]: room for the quotient.</param>
    public View GradientOfRows(Backend backend, View dy, View room)
    {
        if (reduction != Reduction.Mean)
            return dy;
        backend.Combine<DivisionOrZero>(room, dy, _totalWeight, Broadcast.None, add: false);
        return room;
    }
}
