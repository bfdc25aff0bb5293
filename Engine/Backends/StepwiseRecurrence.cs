namespace MiniLstm.Engine;

/// <summary>
/// A recurrent layer over all time steps, step by step, in primitives of tiers 1 and 2: what every backend can do, and the page that says what each
/// option means. Forward, a step is
/// <code>
/// operand = h · factors                     recurrent dropout
/// gates  += normalize(operand Uᵀ)           layer normalisation; in two parts if a reset gate acts in between
/// h', c'  = cell(gates, h, c)
/// h'      = output(gates, normalize(c'))    layer normalisation of the cell state
/// h'      = h' Pᵀ                           projection
/// h', c'  = keep h + (1 - keep) h', …       zoneout
/// </code>
/// </summary>
/// <typeparam name="TCell">The cell.</typeparam>
/// <param name="backend">Where.</param>
/// <param name="cell">The cell.</param>
/// <param name="views">What it reads and writes.</param>
internal sealed partial class StepwiseRecurrence<TCell>(Backend backend, TCell cell, RecurrentViews views) : IDisposable
    where TCell : struct, ICell<TCell>
{
    private readonly List<View> _scratch = [];
    private readonly int _recurrentColumns = CellSizes<TCell>.Recurrent * views.Units;

    private static bool HasCell => CellSizes<TCell>.HasCell;

    private bool IsProjected => views.Projection.Exists;

    private bool IsNormalized => views.RecurrentGain.Exists;

    private bool NormalizesCell => views.CellGain.Exists;

    // The recurrent product goes straight onto the sums: nothing normalises it or acts on what it reads.
    private bool IsDirect => !IsNormalized && !TCell.ResetsBefore;

    // Nor does anything stand between the step and the states: nothing but the product reads the gradient of a hidden state on its way to the step before.
    private bool IsPlain => IsDirect && !views.Factors.Exists && !views.HiddenKeep.Exists && !IsProjected && !NormalizesCell;

    // Packed rows stay where they are.
    private bool IsPlaced => views.Rows is not null && IsPlain && !views.CellKeep.Exists && backend.TakesPlaces;

    private (View H, View C) States => (views.H.AsMatrix(), HasCell ? views.C.AsMatrix() : default);

    // The columns that one product feeds: all, or those before and after the reset.
    private (int First, int Count)[] Products => TCell.ResetsBefore
        ? [(0, _recurrentColumns - views.Units), (_recurrentColumns - views.Units, views.Units)]
        : [(0, _recurrentColumns)];

    public void Forward()
    {
        if (!IsDirect)
            backend.Paths.Note("recurrent step", views.Batch, views.Units, "product and cell apart, for what stands between them");
        if (views.Table.Exists)
            backend.Gather(views.Gates, views.Table, views.Tokens);
        for (int k = 0; k < views.Steps; k++)
        {
            (int start, int count) = views.RowsOf(k);
            int mark = _scratch.Count;
            ForwardStep(start, count);
            ReturnTo(mark);
        }
    }

    public void Dispose() => ReturnTo(0);

    private void ForwardStep(int start, int count)
    {
        View gates = RowsOf(views.Gates, start, count);
        if (IsPlaced)
        {
            backend.ProductAndStep(
                cell, gates, views.H.AsMatrix(), views.Weight, States, views.UnitWeights, States, PlacesOf(start, count));
            return;
        }

        View h = Read(views.H, start, count, after: false);
        View c = HasCell ? Read(views.C, start, count, after: false) : default;
        View hAfter = StateAfter(views.H, start, count);
        View cAfter = HasCell ? StateAfter(views.C, start, count) : default;
        View put = IsProjected ? RowsOf(views.Unprojected, start, count) : hAfter;

        View operand = Operand(h, start, count);
        View own = IsProjected ? default : h;
        if (IsDirect)
        {
            backend.ProductAndStep(cell, gates, operand, views.Weight, (own, c), views.UnitWeights, (put, cAfter));
        }
        else
        {
            AddRecurrentSums(gates, operand, start, count);
            backend.Step(cell, gates, (own, c), views.UnitWeights, (put, cAfter));
        }

        if (NormalizesCell)
        {
            View shown = RowsOf(views.ShownCells, start, count);
            backend.LayerNormalization(
                shown,
                RowsOf(views.NormalizedCells, start, count),
                views.CellScales.Range(start, count),
                cAfter,
                views.CellGain,
                views.CellShift,
                views.Epsilon);
            backend.ShowCell(cell, gates, shown, put);
        }

        if (IsProjected)
            backend.MatMul(hAfter, put, false, views.Projection, true, add: false);
        if (views.HiddenKeep.Exists)
            backend.KeepOld(hAfter, RowsOf(views.HiddenKeep, start, count), h);
        if (views.CellKeep.Exists)
            backend.KeepOld(cAfter, RowsOf(views.CellKeep, start, count), c);
        WriteBack(views.H, hAfter, start, count);
        if (HasCell)
            WriteBack(views.C, cAfter, start, count);
    }

    private void AddRecurrentSums(View gates, View operand, int start, int count)
    {
        for (int part = 0; part < Products.Length; part++)
        {
            (int first, int columns) = Products[part];
            View factor = operand;
            if (part == 1)
            {
                factor = Rent(count, views.Units);
                backend.Reset(cell, gates, operand, factor);
            }

            View sums = Rent(count, columns);
            backend.MatMul(sums, factor, false, views.Weight.Range(first, columns), true, add: false);
            if (IsNormalized)
                sums = Normalize(sums, part, first, start);
            backend.CopyColumns(gates, first, sums, 0, columns, add: true);
        }
    }

    private View Normalize(View sums, int part, int first, int start)
    {
        int count = (int)sums.Rows;
        int columns = sums.Columns;
        View scaled = Rent(count, columns);
        View normalized = Rent(count, columns);
        View zeros = Zeros(1, columns).As([columns]);
        backend.LayerNormalization(
            scaled,
            normalized,
            views.NormalizedScales[part].Range(start, count),
            sums,
            views.RecurrentGain.Range(first, columns),
            zeros,
            views.Epsilon);
        backend.CopyColumns(RowsOf(views.Normalized, start, count), first, normalized, 0, columns, add: false);
        return scaled;
    }

    // What the recurrent product reads.
    private View Operand(View h, int start, int count)
    {
        if (!views.Factors.Exists)
            return h;
        View operand = Rent(count, views.Features);
        backend.Combine<Multiplication>(operand, h, FactorsOf(start, count), Broadcast.None, add: false);
        return operand;
    }

    private View FactorsOf(int start, int count)
    {
        if (views.Rows is null)
            return views.Factors;
        View factors = Rent(count, views.Features);
        backend.Gather(factors, views.Factors, views.Rows.Sequences.View.Range(start, count));
        return factors;
    }

    // What lies before or after the step in a trajectory or its gradient: in place, or packed rows gathered.
    private View Read(View trajectory, int start, int count, bool after)
    {
        if (views.Rows is null)
            return Slot(trajectory, start, count, after);
        View rows = Rent(count, trajectory.Columns);
        IndexTensor places = after ? views.Rows.After : views.Rows.Before;
        backend.Gather(rows, trajectory.AsMatrix(), places.View.Range(start, count));
        return rows;
    }

    private StepPlaces PlacesOf(int start, int count) => new()
    {
        Before = views.Rows!.Before.View.Range(start, count),
        After = views.Rows.After.View.Range(start, count),
    };

    private View Slot(View trajectory, int start, int count, bool after) =>
        trajectory[start / count + (after == views.Reversed ? 0 : 1)];

    // Where the state after the step is to be written; packed rows are scattered afterwards.
    private View StateAfter(View trajectory, int start, int count) => views.Rows is null
        ? Slot(trajectory, start, count, after: true)
        : Rent(count, trajectory.Columns);

    private void WriteBack(View trajectory, View state, int start, int count)
    {
        if (views.Rows is { } rows)
            backend.Scatter(trajectory.AsMatrix(), rows.After.View.Range(start, count), state, add: false);
    }

    private static View RowsOf(View view, int start, int count) => view.AsMatrix().Range(start, count);

    private View Zeros(int rows, int columns)
    {
        View view = Rent(rows, columns);
        backend.Fill(view, 0);
        return view;
    }

    private View Rent(int rows, int columns)
    {
        View view = backend.Pool.Rent([rows, columns], "one step of a recurrent layer");
        _scratch.Add(view);
        return view;
    }

    private void ReturnTo(int mark)
    {
        for (int k = _scratch.Count - 1; k >= mark; k--)
            backend.Pool.Return(_scratch[k]);
        _scratch.RemoveRange(mark, _scratch.Count - mark);
    }
}
