using System.Runtime.CompilerServices;

namespace MiniLstm.Training;

/// <summary>
/// A file in the hands of a parser that trusts its input. Whoever follows a cycle of references reads the same bytes again and again,
/// by iteration or by recursion; so every read counts against a budget, and is refused before the stack ends. Both become exceptions, where
/// the parser would have hung, or have brought down the process.
/// </summary>
/// <param name="content">The bytes; read from its first one on.</param>
internal sealed class GuardedStream(Stream content) : Stream
{
    // What a sound file of Keras costs was measured: 1.1 to 1.6 times its bytes, and one read for each five bytes of a small one.
    private const long BytesOverhead = 16L << 20;
    private const long BytesPerByte = 4;
    private const long ReadsOverhead = 1L << 20;

    private long _bytesLeft = BytesOverhead + BytesPerByte * content.Length;
    private long _readsLeft = ReadsOverhead + content.Length;

    /// <summary>How many bytes have been read so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether a read was refused. A parser may have swallowed that, and gone on without what it did not get.</summary>
    public bool HasRefused { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The budget is spent, or the stack nearly; from then on, all reads fail.</exception>
    public override int Read(Span<byte> buffer)
    {
        HasRefused |= _bytesLeft < 0 || _readsLeft < 0 || !RuntimeHelpers.TryEnsureSufficientExecutionStack();
        if (HasRefused)
            throw new InvalidDataException("its parts refer to each other in a circle, or to the same bytes too often");

        // A read at the end counts too: a parser may wait there for more.
        int count = content.Read(buffer);
        BytesRead += count;
        _bytesLeft -= count;
        _readsLeft--;
        return count;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The position is outside the file.</exception>
    public override long Seek(long offset, SeekOrigin origin)
    {
        long from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => content.Position,
            _ => content.Length,
        };
        long position = unchecked(from + offset);
        if (position < 0 || position > content.Length)
            throw new InvalidDataException($"a reference to byte {(ulong)position} of {content.Length} (truncated?)");
        return content.Seek(position, SeekOrigin.Begin);
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException("a stream for reading");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("a stream for reading");
}
