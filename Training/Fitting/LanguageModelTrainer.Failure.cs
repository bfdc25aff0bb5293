using MiniLstm.Engine;

namespace MiniLstm.Training;

/// <content>Finding out what went wrong in a step whose gradient is NaN or infinite.</content>
/// <remarks>Since the failed step, weights, moments, recurrent state and the sum of losses are untouched, whatever was
/// run meanwhile. With the random streams set back to where that step found them, it can be run again exactly, on a
/// tape that checks every operation.</remarks>
public sealed partial class LanguageModelTrainer
{
    /// <summary>The offsets of the random streams before each step since the host last looked.</summary>
    private readonly List<ulong[]> _offsets = [];

    private void RememberOffsets() => _offsets.Add([.. Model.RandomStreams.Select(stream => stream.Offset)]);

    private Update ThrowIfFailed()
    {
        Update update = _optimizer.LastUpdate;
        if (update.FailedStep is not null)
            throw Diagnose();
        _offsets.Clear();
        return update;
    }

    private TrainingFailedException Diagnose()
    {
        long firstUnseen = CompletedSteps - _offsets.Count + 1;
        long failed = _optimizer.Rewind();
        ulong[] offsets = _offsets[(int)(failed - firstUnseen)];
        _offsets.Clear();
        SetOffsets(offsets);
        try
        {
            Model.ClearGradients();
            _parts.Accumulate(CompletedSteps, checks: true);
        }
        catch (NonFiniteException error)
        {
            return new(failed, error.Message, error);
        }
        finally
        {
            SetOffsets(offsets);
        }

        return new(failed, "every gradient is finite, but the sum of their squares is beyond the device's numbers");
    }

    private void SetOffsets(IReadOnlyList<ulong> offsets)
    {
        for (int k = 0; k < offsets.Count; k++)
            Model.RandomStreams[k].Offset = offsets[k];
    }
}
