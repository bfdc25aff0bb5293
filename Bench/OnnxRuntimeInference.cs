using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MiniLstm.Bench;

/// <summary>An exported language model that ONNX Runtime runs, in memory taken beforehand: its fastest way to be called.</summary>
internal sealed class OnnxRuntimeInference : IInference
{
    private const string NextSuffix = ".next";

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly string[] _inputNames;
    private readonly OrtValue _tokens;
    private readonly OrtValue _logits;

    // Tokens or logits first, then the states; the states read from and those written change places after each run.
    private OrtValue[] _inputs;
    private OrtValue[] _outputs;

    public OnnxRuntimeInference(string path, WorkloadShape shape, int threads)
    {
        // Errors alone: it warns of states that have a value and are inputs nevertheless, which they are meant to be.
        using var options = new SessionOptions { IntraOpNumThreads = threads, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        _session = new(path, options);
        string[] states = [.. _session.OutputNames.Skip(1).Select(name => name[..^NextSuffix.Length])];
        _inputNames = ["tokens", .. states];
        _tokens = Rent(TensorElementType.Int64, shape.Steps, shape.Batch);
        _logits = Rent(TensorElementType.Float, shape.Steps, shape.Batch, shape.Vocabulary);
        _inputs = [_tokens, .. states.Select(_ => RentState(shape))];
        _outputs = [_logits, .. states.Select(_ => RentState(shape))];
    }

    public void Read(ReadOnlySpan<int> tokens)
    {
        Span<long> input = _tokens.GetTensorMutableDataAsSpan<long>();
        for (int k = 0; k < tokens.Length; k++)
            input[k] = tokens[k];

        _session.Run(_options, _inputNames, _inputs, _session.OutputNames, _outputs);
        (_inputs, _outputs) = ([_tokens, .. _outputs[1..]], [_logits, .. _inputs[1..]]);
    }

    public double[] ReadLogits(ReadOnlySpan<int> tokens)
    {
        Read(tokens);
        return Array.ConvertAll(_logits.GetTensorDataAsSpan<float>().ToArray(), logit => (double)logit);
    }

    public void Dispose()
    {
        foreach (OrtValue value in (OrtValue[])[.. _inputs, .. _outputs])
            value.Dispose();
        _options.Dispose();
        _session.Dispose();
    }

    private static OrtValue RentState(WorkloadShape shape)
    {
        OrtValue state = Rent(TensorElementType.Float, shape.Batch, shape.Hidden);
        state.GetTensorMutableDataAsSpan<float>().Clear();
        return state;
    }

    private static OrtValue Rent(TensorElementType type, params long[] axes) =>
        OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, axes);
}
