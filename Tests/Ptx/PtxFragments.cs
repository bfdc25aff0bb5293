namespace MiniLstm.Tests;

/// <summary>
/// How the registers of a warp hold the matrices of one product on tensor cores: a is [16, K], b is [K, 8], c and d are [16, 8]. Lane l is at row or
/// column l / 4, and at place l % 4 within it.
/// </summary>
public sealed class PtxFragments
{
    private const int Rows = 16;
    private const int Columns = 8;

    private readonly int _inner;
    private readonly int _perRegister;
    private readonly Func<ulong, int, float> _element;

    private PtxFragments(int inner, int perRegister, Func<ulong, int, float> element)
    {
        _inner = inner;
        _perRegister = perRegister;
        _element = element;
    }

    /// <summary>m16n8k16: each register of a and b holds two neighbours along K.</summary>
    public static PtxFragments BFloat16 { get; } =
        new(inner: 16, perRegister: 2, (register, half) => PtxFloats.Float(half == 0 ? register << 16 : register & 0xFFFF_0000));

    /// <summary>m16n8k8: one each, of which the multiplier takes the upper 19 bits.</summary>
    public static PtxFragments Tf32 { get; } = new(inner: 8, perRegister: 1, (register, _) => PtxFloats.Float(register & 0xFFFF_E000));

    /// <summary>d = a b + c, each element rounded once.</summary>
    /// <remarks>A device adds in an order of its own, and rounds in between as it likes.</remarks>
    public void Multiply(PtxWarp warp, ReadOnlySpan<int> d, ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> c)
    {
        Span<float> left = stackalloc float[Rows * _inner];
        Span<float> right = stackalloc float[_inner * Columns];
        Gather(warp, a, left, right: false);
        Gather(warp, b, right, right: true);
        for (int lane = 0; lane < PtxWarp.Size; lane++)
        {
            for (int k = 0; k < c.Length; k++)
            {
                int row = lane / 4 + 8 * (k / 2);
                int column = lane % 4 * 2 + k % 2;
                double sum = PtxFloats.Float(warp.Lanes(c[k])[lane]);
                for (int i = 0; i < _inner; i++)
                    sum += (double)left[row * _inner + i] * right[i * Columns + column];
                warp.Lanes(d[k])[lane] = PtxFloats.Bits((float)sum);
            }
        }
    }

    // Registers of a: row l / 4, row l / 4 + 8, then both again in the upper half of K. Registers of b: column l / 4, lower and upper half of K.
    private void Gather(PtxWarp warp, ReadOnlySpan<int> registers, Span<float> matrix, bool right)
    {
        for (int k = 0; k < registers.Length; k++)
        {
            int half = right ? k : k / 2;
            ReadOnlySpan<ulong> values = warp.Lanes(registers[k]);
            for (int lane = 0; lane < PtxWarp.Size; lane++)
            {
                for (int part = 0; part < _perRegister; part++)
                {
                    int inner = lane % 4 * _perRegister + part + half * _inner / 2;
                    int place = right ? inner * Columns + lane / 4 : (lane / 4 + k % 2 * 8) * _inner + inner;
                    matrix[place] = _element(values[lane], part);
                }
            }
        }
    }
}
