using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MiniLstm.Training.EventMessages;

namespace MiniLstm.Training;

/// <summary>A file that TensorBoard shows: scalars, histograms, texts and hyper-parameters of one run, in its
/// folder.</summary>
/// <remarks>The file is created at the first value, and continued if it is there; half a record at its end is cut off.
/// TensorBoard reads it while it grows.</remarks>
/// <param name="folder">The run's folder; it is created.</param>
public sealed class EventFile(string folder) : IDisposable
{
    /// <summary>The file's name; TensorBoard looks for <c>tfevents</c> in it.</summary>
    public const string FileName = "events.out.tfevents.minilstm";

    private const string Version = "brain.Event:2";
    private const int Buckets = 30;

    private readonly string _note = $"tensorBoard.{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}.bytes";
    private FileStream? _stream;

    /// <summary>The file's path.</summary>
    public string FilePath { get; } = Path.Combine(folder, FileName);

    /// <summary>Whether nothing was written yet, in this run or one before.</summary>
    internal bool IsEmpty => _stream is null && !File.Exists(FilePath);

    /// <summary>Writes a value of a curve.</summary>
    /// <param name="tag">The curve.</param>
    /// <param name="value">The value; the file keeps float32.</param>
    /// <param name="step">The step or epoch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Scalar(string tag, double value, long step) =>
        Write(new Summary.Types.Value { Tag = tag, SimpleValue = (float)value }, step);

    /// <summary>Writes how values are distributed, in 30 buckets of equal width.</summary>
    /// <param name="tag">The histogram.</param>
    /// <param name="values">The values; NaN and infinity are left out.</param>
    /// <param name="step">The step or epoch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Histogram(string tag, ReadOnlySpan<double> values, long step) =>
        Write(new Summary.Types.Value { Tag = tag, Histo = HistogramOf(values) }, step);

    /// <summary>Writes a text, which TensorBoard reads as Markdown.</summary>
    /// <param name="tag">What the text is about.</param>
    /// <param name="text">The text.</param>
    /// <param name="step">The step or epoch.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Text(string tag, string text, long step)
    {
        var tensor = new TensorProto { Dtype = TensorType.DtString, TensorShape = new() };
        tensor.StringVal.Add(ByteString.CopyFromUtf8(text));
        SummaryMetadata metadata = MetadataOf("text", ByteString.Empty);
        metadata.DataClass = DataClass.Tensor;
        Write(new Summary.Types.Value { Tag = tag, Metadata = metadata, Tensor = tensor }, step);
    }

    /// <summary>Writes the hyper-parameters of a run, and which curves they are to be held against. The file must be
    /// the one in the run's own folder; curves may lie in folders below it.</summary>
    /// <param name="values">Texts, truth values or numbers, by name.</param>
    /// <param name="curves">The folders, relative to this one, and tags of curves.</param>
    /// <exception cref="ArgumentException">A value is of another type.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void HyperParameters(
        IReadOnlyDictionary<string, object> values, IReadOnlyList<(string Folder, string Tag)> curves)
    {
        var experiment = new Experiment { TimeCreatedSecs = Now };
        var start = new SessionStartInfo { StartTimeSecs = Now };
        foreach ((string name, object value) in values)
        {
            (HParamType type, Value written) = Written(name, value);
            experiment.HparamInfos.Add(new HParamInfo { Name = name, Type = type });
            start.Hparams.Add(name, written);
        }

        foreach ((string curveFolder, string tag) in curves)
            experiment.MetricInfos.Add(new MetricInfo { Name = new() { Group = curveFolder, Tag = tag } });
        Write("_hparams_/experiment", new() { Experiment = experiment });
        Write("_hparams_/session_start_info", new() { SessionStartInfo = start });
    }

    /// <summary>Writes that the run whose hyper-parameters were written has ended well.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void EndSession()
    {
        var end = new SessionEndInfo { Status = Status.Success, EndTimeSecs = Now };
        Write("_hparams_/session_end_info", new() { SessionEndInfo = end });
    }

    /// <summary>Notes the length, once all is on the disk.</summary>
    /// <param name="notes">What a checkpoint keeps.</param>
    /// <exception cref="IOException">The disk is full, or something else fails.</exception>
    public void SaveTo(IDictionary<string, double> notes)
    {
        _stream?.Flush(flushToDisk: true);
        notes.Add(_note, File.Exists(FilePath) ? new FileInfo(FilePath).Length : 0);
    }

    /// <summary>Cuts off what was written after the checkpoint, the whole file if there was none; a file of which it
    /// knows nothing stays as it is.</summary>
    /// <param name="notes">What the checkpoint kept.</param>
    /// <exception cref="IOException">The file cannot be changed.</exception>
    public void LoadFrom(IReadOnlyDictionary<string, double> notes)
    {
        if (!notes.TryGetValue(_note, out double length))
            return;
        if (length == 0)
        {
            Dispose();
            _stream = null;
            if (File.Exists(FilePath))
                File.Delete(FilePath);
            return;
        }

        _stream ??= Open();
        _stream.SetLength(Math.Min(_stream.Length, (long)length));
        _stream.Position = _stream.Length;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream?.Dispose();

    private static double Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    private FileStream Open()
    {
        Directory.CreateDirectory(folder);
        var stream = new FileStream(FilePath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        long end = 0;
        while (RecordFraming.Read(stream) is not null)
            end = stream.Position;
        stream.SetLength(end);
        stream.Position = end;
        if (end == 0)
            Write(stream, new Event { WallTime = Now, FileVersion = Version });
        return stream;
    }

    private void Write(string tag, HParamsPluginData data)
    {
        // The plugin reads the metadata and wants the value to be an empty tensor.
        var empty = new TensorProto { Dtype = TensorType.DtFloat, TensorShape = new() };
        empty.TensorShape.Dim.Add(new TensorShapeProto.Types.Dim { Size = 0 });
        SummaryMetadata metadata = MetadataOf("hparams", data.ToByteString());
        metadata.DataClass = DataClass.Tensor;
        Write(new Summary.Types.Value { Tag = tag, Metadata = metadata, Tensor = empty }, step: 0);
    }

    private void Write(Summary.Types.Value value, long step)
    {
        var summary = new Summary();
        summary.Value.Add(value);
        Write(_stream ??= Open(), new Event { WallTime = Now, Step = step, Summary = summary });
    }

    private static void Write(FileStream stream, Event record)
    {
        RecordFraming.Write(stream, record.ToByteArray());
        stream.Flush();
    }

    private static SummaryMetadata MetadataOf(string plugin, ByteString content) => new()
    {
        PluginData = new() { PluginName = plugin, Content = content },
    };

    private static (HParamType Type, Value Written) Written(string name, object value) => value switch
    {
        string text => (HParamType.DataTypeString, Value.ForString(text)),
        bool truth => (HParamType.DataTypeBool, Value.ForBool(truth)),
        double or float or int or long =>
            (HParamType.DataTypeFloat64, Value.ForNumber(Convert.ToDouble(value, null))),
        _ => throw new ArgumentException(
            $"HyperParameters: '{name}' is a {value.GetType().Name}, expected a text, a truth value or a number"),
    };

    private static HistogramProto HistogramOf(ReadOnlySpan<double> values)
    {
        double[] finite = [.. values.ToArray().Where(double.IsFinite)];
        var histogram = new HistogramProto { Num = finite.Length };
        if (finite.Length == 0)
            return histogram;

        histogram.Min = finite.Min();
        histogram.Max = finite.Max();
        histogram.Sum = finite.Sum();
        histogram.SumSquares = finite.Sum(value => value * value);
        double width = (histogram.Max - histogram.Min) / Buckets;
        double[] counts = new double[Buckets];
        foreach (double value in finite)
            counts[width > 0 ? Math.Min(Buckets - 1, (int)((value - histogram.Min) / width)) : 0]++;
        for (int k = 0; k < Buckets; k++)
        {
            histogram.BucketLimit.Add(k == Buckets - 1 ? histogram.Max : histogram.Min + (k + 1) * width);
            histogram.Bucket.Add(counts[k]);
        }

        return histogram;
    }
}
