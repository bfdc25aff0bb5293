using System.Diagnostics;

namespace MiniLstm.Engine;

/// <content>The reverse walk.</content>
public sealed partial class Tape
{
    private bool _walked;

    /// <summary>Computes the gradient of a loss of one element by every tracked input and parameter that it depends on.</summary>
    /// <param name="loss">The loss; the walk begins with the gradient 1.</param>
    /// <exception cref="ShapeException">The loss has more than one element.</exception>
    /// <exception cref="InvalidOperationException">The tape was walked before, or records nothing.</exception>
    public void Backward(Tensor loss)
    {
        if (loss.Shape.Count != 1)
            throw new ShapeException($"Backward: the loss {loss.Name} {loss.Shape} has {loss.Shape.Count} elements, expected 1");
        using Scratch one = Backend.Pool.Scratch([1], "seed of backward");
        Backend.Fill(one.View, 1);
        Backward((loss, one.View));
    }

    /// <summary>Computes the gradient of Σ (output · seed) by every tracked input and parameter that the outputs depend on.</summary>
    /// <param name="seeds">Each output with the gradient that it receives from outside, of the same number of elements.</param>
    /// <exception cref="ShapeException">A seed does not fit its output.</exception>
    /// <exception cref="InvalidOperationException">An output is not on this tape, or the tape was walked before and is not made for
    /// inspection, or it records nothing, or the device is for inference.</exception>
    /// <exception cref="NonFiniteException">The tape checks, and a gradient is NaN or infinite.</exception>
    public void Backward(params ReadOnlySpan<(Tensor Output, View Seed)> seeds)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!_records)
            throw new InvalidOperationException("Backward: this tape is for inference and recorded nothing");
        CheckTrains(Backend, "Backward");
        if (_walked && !_keeps)
            throw new InvalidOperationException(
                "Backward: this tape was walked before and its values are destroyed; a tape made by ForInspection may be walked again");
        foreach ((Tensor output, View seed) in seeds)
            Check(output, seed);
        _walked = true;
        foreach (Operation operation in _log)
            ReleaseGradients(operation);

        foreach ((Tensor output, View seed) in seeds)
        {
            GradientTarget target = GradientInto(output);
            if (target.IsWanted)
                Backend.Scale(target.View, 1, seed, target.Add);
        }

        for (int k = _log.Count - 1; k >= 0; k--)
            StepBack(_log[k]);
    }

    /// <summary>The gradient of a tensor, as far as the walk has come. After it: of tracked inputs and parameters, and of everything on tapes
    /// that keep everything.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>Its gradient; absent if nothing flowed into it or it was released.</returns>
    /// <exception cref="ObjectDisposedException">The tape was disposed of.</exception>
    public View GradientOf(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return tensor.WindowOf(tensor.Root.Gradient);
    }

    /// <summary>The gradient of a tensor, copied to the host; zeros if nothing flowed into it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <returns>All elements, row-major.</returns>
    public double[] GradientToArray(Tensor tensor)
    {
        double[] values = new double[tensor.Shape.Count];
        View gradient = GradientOf(tensor);
        if (gradient.Exists)
            Backend.Download(gradient, values);
        return values;
    }

    /// <summary>Where an operation's backward writes the gradient of an input: the first writer writes, later ones add.</summary>
    /// <param name="input">The input, or null.</param>
    /// <returns>The memory and whether to add; nothing if no gradient is wanted.</returns>
    public GradientTarget GradientInto(Tensor? input)
    {
        if (input is not { IsTracked: true })
            return default;
        Tensor root = input.Root;
        if (root.Gradient.Exists)
            return new(input.WindowOf(root.Gradient), Add: true);

        root.Gradient = Backend.Pool.Rent(root.Shape, $"gradient of {root.Name}");
        View window = input.WindowOf(root.Gradient);

        // Where a first write covers a part only, the rest is zero.
        FillZero(root.Gradient, 0, window.Offset - root.Gradient.Offset);
        long end = window.Offset - root.Gradient.Offset + window.Count;
        FillZero(root.Gradient, end, root.Gradient.Count - end);
        return new(window, Add: false);
    }

    /// <summary>Hands over a finished gradient that lies in memory of the tape, without copying where that is possible.</summary>
    /// <param name="input">The input.</param>
    /// <param name="gradient">Its gradient; not to be touched afterwards.</param>
    internal void GiveGradient(Tensor input, View gradient)
    {
        if (input is { IsTracked: true } and not Parameter && input == input.Root && !input.Gradient.Exists)
        {
            input.Gradient = gradient.As(input.Shape);
            input.GradientIsBorrowed = true;
            return;
        }

        GradientTarget target = GradientInto(input);
        if (target.IsWanted)
            Backend.Scale(target.View, 1, gradient, target.Add);
    }

    // A range of the elements of a view; an axis has at most 2^31 - 1 of them.
    private void FillZero(View view, long start, long count)
    {
        for (long done = 0; done < count; done += int.MaxValue)
        {
            int part = (int)Math.Min(int.MaxValue, count - done);
            Backend.Fill(new(view.Buffer, view.Offset + start + done, [part]), 0);
        }
    }

    private void Check(Tensor output, View seed)
    {
        if (output.Tape != this)
            throw new InvalidOperationException($"Backward: {output.Name} {output.Shape} is not on this tape");
        if (seed.Count != output.Shape.Count)
            throw new ShapeException($"Backward: the seed {seed.Shape} does not fit the output {output.Name} {output.Shape}");
    }

    private void StepBack(Operation operation)
    {
        bool reached = false;
        foreach (Tensor output in operation.Outputs)
            reached |= output.Gradient.Exists;
        if (!reached)
            return;

        Backend.Enter($"{operation.Name} backward");
        try
        {
            long start = Stopwatch.GetTimestamp();
            operation.Backward(this);
            if (_keeps)
                operation.BackwardTime = Stopwatch.GetElapsedTime(start);
        }
        finally
        {
            Backend.Leave();
        }

        if (_checks)
            CheckGradients(operation);
        if (!_keeps)
            ReleaseGradients(operation);
    }

    private void CheckGradients(Operation operation)
    {
        foreach (Tensor? input in operation.Inputs)
        {
            if (input is { IsTracked: true } && GradientOf(input) is { Exists: true } gradient && FirstNonFinite(gradient) is { } found)
                throw new NonFiniteException(
                    $"{operation.Name}: backward produced {found.Value} at element {found.Index} of the gradient of {input.Name} {input.Shape}");
        }
    }

    private void ReleaseGradients(Operation operation)
    {
        foreach (Tensor output in operation.Outputs)
            ReleaseGradient(output);
    }

    private void ReleaseGradient(Tensor root)
    {
        if (root.Gradient.Exists && !root.GradientIsBorrowed)
            Backend.Pool.Return(root.Gradient);
        root.Gradient = default;
        root.GradientIsBorrowed = false;
    }
}
