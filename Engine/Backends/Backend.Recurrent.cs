namespace MiniLstm.Engine;

/// <content>Tiers 2 and 3: recurrent layers.</content>
public abstract partial class Backend
{
    /// <summary>Tier 2: the pointwise part of one time step, for all units of all batch rows.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="gates">[B, G H]: sums in; out, what the cell keeps.</param>
    /// <param name="h">[B, H]: hidden state before the step.</param>
    /// <param name="c">[B, H]: cell state before the step.</param>
    /// <param name="hAfter">[B, H]: written.</param>
    /// <param name="cAfter">[B, H]: written.</param>
    public abstract void Step<TCell>(View gates, View h, View c, View hAfter, View cAfter)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 2: the derivative of <see cref="Step"/>.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="gates">[B, G H]: as kept; out, the gradients of the sums.</param>
    /// <param name="before">Hidden and cell state before the step, [B, H] each.</param>
    /// <param name="after">Hidden and cell state after the step, [B, H] each.</param>
    /// <param name="gradient">Gradients of the states after the step, [B, H] each.</param>
    /// <param name="gradientBefore">Gradients of the states before the step, [B, H] each: added to.</param>
    public abstract void StepSlope<TCell>(
        View gates, (View H, View C) before, (View H, View C) after, (View H, View C) gradient, (View H, View C) gradientBefore)
        where TCell : struct, ICell<TCell>;

    /// <summary>Tier 3: a recurrent layer over all time steps: gates[t] += h[t] Uᵀ, then the cell, for t = 0 to T - 1.</summary>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="views">Slot 0 of the trajectories holds the initial state.</param>
    public virtual void Recur<TCell>(in RecurrentViews views)
        where TCell : struct, ICell<TCell>
    {
        for (int t = 0; t < views.Steps; t++)
        {
            View gates = views.Gates[t];
            MatMul(gates, views.H[t], false, views.Weight, true, add: true);
            Step<TCell>(gates, views.H[t], views.C[t], views.H[t + 1], views.C[t + 1]);
        }
    }

    /// <summary>Tier 3: the derivative of <see cref="Recur"/>, back through time.</summary>
    /// <remarks>
    /// For t = T - 1 down to 0: the cell's slope turns gates[t] into dz[t] and adds to dc[t]; then dh[t] += dz[t] U. At the end
    /// dU += Σ dz[t]ᵀ h[t], one product over all steps.
    /// </remarks>
    /// <typeparam name="TCell">The cell.</typeparam>
    /// <param name="views">As <see cref="Recur"/> left them; the gates become the gradients of the sums.</param>
    /// <param name="dH">[T + 1, B, H]. In: the gradient that reaches each hidden state from outside. Out: slot 0 holds the gradient of the
    /// initial state, the others are undefined.</param>
    /// <param name="dC">[T + 1, B, H]: likewise for the cell states.</param>
    /// <param name="dWeight">[G H, H]: added to; absent if not wanted.</param>
    public virtual void RecurSlope<TCell>(in RecurrentViews views, View dH, View dC, View dWeight)
        where TCell : struct, ICell<TCell>
    {
        for (int t = views.Steps - 1; t >= 0; t--)
        {
            View gates = views.Gates[t];
            StepSlope<TCell>(
                gates,
                (views.H[t], views.C[t]),
                (views.H[t + 1], views.C[t + 1]),
                (dH[t + 1], dC[t + 1]),
                (dH[t], dC[t]));
            MatMul(dH[t], gates, false, views.Weight, false, add: true);
        }

        if (dWeight.Exists)
            MatMul(dWeight, views.Gates.AsMatrix(), true, views.H.Range(0, views.Steps).AsMatrix(), false, add: true);
    }
}
