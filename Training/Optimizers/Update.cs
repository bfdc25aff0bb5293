using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <summary>
/// What one optimiser step did, as it lies on the device: asking for a number waits for the device. Valid until the
/// next step.
/// </summary>
/// <param name="Backend">The device.</param>
/// <param name="Status">[2]: the squared norm of the gradient, and the first step that failed, 0 if none did. What must
/// not happen after a failure, such as carrying the state, takes this view and is decided on the device.</param>
public readonly record struct Update(Backend Backend, View Status)
{
    /// <summary>The L2 norm of the gradient over all parameters, before clipping.</summary>
    public double Norm => Math.Sqrt(Read().SquaredNorm);

    /// <summary>The first step whose gradient norm was NaN or infinite, counted from 1; null if there is none. That
    /// step and all since changed nothing.</summary>
    public long? FailedStep => Read().Failed is var failed and > 0 ? failed : null;

    private (double SquaredNorm, long Failed) Read()
    {
        Span<double> status = stackalloc double[2];
        Backend.Download(Status, status);
        return (status[0], (long)status[1]);
    }
}
