namespace MiniLstm.Engine;

/// <content>Tiers 2 and 3: recurrent layers.</content>
public abstract partial class Backend
{
    /// <summary>Whether <see cref="ProductAndStep"/> and <see cref="ProductAndStepSlope"/> find rows by their places. Where not, rows are gathered before and
    /// scattered after.</summary>
    public virtual bool TakesPlaces => false;

    /// <summary>Tier 2: the pointwise part of one time step, for all units of some rows.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H]: sums in; out, what the cell keeps.</param>
    /// <param name="before">Hidden and cell state before the step, [rows, H] each; absent: the cell reads none.</param>
    /// <param name="weights">[weights, H]: the units' own; absent: zeros.</param>
    /// <param name="after">Hidden and cell state after the step: written. The cell state is absent for cells of one state.</param>
    public abstract void Step<TCell>(in TCell cell, View gates, (View H, View C) before, View weights, (View H, View C) after)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: the derivative of <see cref="Step"/>.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H]: as kept; out, the gradients of the sums.</param>
    /// <param name="before">Hidden and cell state before the step.</param>
    /// <param name="weights">[weights, H].</param>
    /// <param name="gradient">Gradients of the states after the step; an absent one is 0.</param>
    /// <param name="gradientBefore">Gradients of the states before the step: added to; absent ones are not wanted. The cell state's may be where that
    /// after the step is: it is replaced then.</param>
    /// <param name="dWeights">[weights, H]: added to; absent if not wanted.</param>
    public abstract void StepSlope<TCell>(
        in TCell cell,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: a step with its recurrent product: the first columns of the gates += h Uᵀ, then <see cref="Step"/>. Where a device does better than
    /// one after the other, the sums are not written in between.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H].</param>
    /// <param name="operand">[rows, P]: h, what the product reads.</param>
    /// <param name="weight">[R H, P]: U.</param>
    /// <param name="before">Hidden and cell state before the step.</param>
    /// <param name="weights">[weights, H].</param>
    /// <param name="after">Hidden and cell state after the step: written.</param>
    /// <param name="places">Where the rows of <paramref name="operand"/> (as those before the step), <paramref name="before"/> and <paramref name="after"/>
    /// lie; only for who <see cref="TakesPlaces"/>.</param>
    /// <exception cref="NotSupportedException">There are places, and this backend does not take them.</exception>
    public virtual void ProductAndStep<TCell>(
        in TCell cell,
        View gates,
        View operand,
        View weight,
        (View H, View C) before,
        View weights,
        (View H, View C) after,
        in StepPlaces places = default)
        where TCell : struct, ICell<TCell>
    {
        RefusePlaces(places);
        Paths.Note("recurrent step", (int)gates.Rows, after.H.Columns, "product and cell apart");
        int columns = weight.Shape[0];
        if (columns == gates.Columns)
        {
            MatMul(gates, operand, false, weight, true, add: true);
        }
        else
        {
            using Scratch sums = Pool.Scratch([(int)gates.Rows, columns], "recurrent sums");
            MatMul(sums.View, operand, false, weight, true, add: false);
            CopyColumns(gates, 0, sums.View, 0, columns, add: true);
        }

        Step(cell, gates, before, weights, after);
    }

    /// <summary>Tier 2: the derivative, one step further back than <see cref="ProductAndStep"/> goes: the gradient of the hidden state += the product of
    /// the later step's gradients of sums with U, then <see cref="StepSlope"/>.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="later">[rows, G H]: gradients of the sums of the step after this one; absent: there is none (nor are there places).</param>
    /// <param name="weight">[R H, H]: U.</param>
    /// <param name="gates">[rows, G H]: as kept; out, the gradients of the sums.</param>
    /// <param name="before">Hidden and cell state before the step.</param>
    /// <param name="weights">[weights, H].</param>
    /// <param name="gradient">Gradients of the states after the step, without the product; what is left of the hidden one is undefined.</param>
    /// <param name="gradientBefore">Gradients of the states before the step, as <see cref="StepSlope"/> leaves them: without the product of this step.</param>
    /// <param name="dWeights">[weights, H]: added to; absent if not wanted.</param>
    /// <param name="places">Where the rows of <paramref name="later"/>, of states and of their gradients lie; only for who
    /// <see cref="TakesPlaces"/>. A gradient of the cell state is replaced if it is at one place before and after the step.</param>
    /// <exception cref="NotSupportedException">There are places, and this backend does not take them.</exception>
    public virtual void ProductAndStepSlope<TCell>(
        in TCell cell,
        View later,
        View weight,
        View gates,
        (View H, View C) before,
        View weights,
        (View H, View C) gradient,
        (View H, View C) gradientBefore,
        View dWeights,
        in StepPlaces places = default)
        where TCell : struct, ICell<TCell>
    {
        RefusePlaces(places);
        if (later.Exists)
            ProductOfSums(gradient.H, later, weight);
        StepSlope(cell, gates, before, weights, gradient, gradientBefore, dWeights);
    }

    private void RefusePlaces(in StepPlaces places)
    {
        if (places.Before.Exists)
            throw new NotSupportedException($"{Name}: rows of a recurrent step must lie one after the other, not at places");
    }

    /// <summary>dh += d U, with d the gradients of the sums that the recurrent product fed: the first columns of the gates.</summary>
    /// <param name="dh">[rows, P]: added to.</param>
    /// <param name="gates">[rows, G H].</param>
    /// <param name="weight">[R H, P]: U.</param>
    internal void ProductOfSums(View dh, View gates, View weight)
    {
        int columns = weight.Shape[0];
        if (columns == gates.Columns)
        {
            MatMul(dh, gates, false, weight, false, add: true);
            return;
        }

        using Scratch sums = Pool.Scratch([(int)gates.Rows, columns], "gradients of recurrent sums");
        CopyColumns(sums.View, 0, gates, 0, columns, add: false);
        MatMul(dh, sums.View, false, weight, false, add: true);
    }

    /// <summary>Tier 2: the reset gate where it acts before the recurrent product. The first gate column becomes r; to = r h.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H].</param>
    /// <param name="h">[rows, H]: what the product is to read.</param>
    /// <param name="to">[rows, H]: written.</param>
    public abstract void Reset<TCell>(in TCell cell, View gates, View h, View to)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: the derivative of <see cref="Reset"/>: with d the gradient of r h, the first gate column becomes d h r', and
    /// dh += d r.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H].</param>
    /// <param name="h">[rows, H].</param>
    /// <param name="gradient">[rows, H]: d.</param>
    /// <param name="dh">[rows, H]: added to.</param>
    public abstract void ResetSlope<TCell>(in TCell cell, View gates, View h, View gradient, View dh)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: the hidden state from the kept gates and the normalised cell state.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H].</param>
    /// <param name="normalized">[rows, H].</param>
    /// <param name="h">[rows, H]: written.</param>
    public abstract void ShowCell<TCell>(in TCell cell, View gates, View normalized, View h)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: the derivative of <see cref="ShowCell"/>.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="gates">[rows, G H]: the output gate becomes the gradient of its sum.</param>
    /// <param name="normalized">[rows, H].</param>
    /// <param name="gradient">[rows, H]: of h.</param>
    /// <param name="dNormalized">[rows, H]: written.</param>
    public abstract void ShowCellSlope<TCell>(in TCell cell, View gates, View normalized, View gradient, View dNormalized)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: zoneout, to = keep old + (1 - keep) to; exactly one of both where keep is 0 or 1.</summary>
    /// <param name="to">The new state; in place.</param>
    /// <param name="keep">The share of the old one that stays.</param>
    /// <param name="old">The old state.</param>
    public abstract void KeepOld(View to, View keep, View old);

    /// <summary>Tier 2: the derivative of <see cref="KeepOld"/>: dOld += keep d, then d = (1 - keep) d.</summary>
    /// <param name="gradient">d, in place.</param>
    /// <param name="keep">The share of the old state that stayed.</param>
    /// <param name="dOld">Added to.</param>
    public abstract void KeepOldSlope(View gradient, View keep, View dOld);

    /// <summary>Tier 3: a recurrent layer over all time steps. For each: the recurrent product onto the sums, then the cell, and whatever
    /// the views ask for besides.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="views">The initial state is in its slot. Slots after steps that do not count are left alone.</param>
    public virtual void Recur<TCell>(in TCell cell, in RecurrentViews views)
        where TCell : struct, ICell<TCell>
    {
        using var steps = new StepwiseRecurrence<TCell>(this, cell, views);
        steps.Forward();
    }

    /// <summary>Tier 3: the derivative of <see cref="Recur"/>, back through time.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="cell">The cell.</param>
    /// <param name="views">As <see cref="Recur"/> left them; the gates become the gradients of the sums.</param>
    /// <param name="gradients">The gradients.</param>
    public virtual void RecurSlope<TCell>(in TCell cell, in RecurrentViews views, in RecurrentGradients gradients)
        where TCell : struct, ICell<TCell>
    {
        using var steps = new StepwiseRecurrence<TCell>(this, cell, views);
        steps.Backward(gradients);
    }
}
