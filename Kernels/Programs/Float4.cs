using System.Runtime.CompilerServices;

namespace MiniLstm.Kernels;

/// <summary>Four consecutive elements, a quad: what one instruction loads or stores, where its address is a multiple of 16 bytes.</summary>
internal struct Float4
{
    /// <summary>Elements of a quad.</summary>
    public const int Length = 4;

    public float X;
    public float Y;
    public float Z;
    public float W;

    /// <summary>this += other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Float4 other)
    {
        X += other.X;
        Y += other.Y;
        Z += other.Z;
        W += other.W;
    }

    /// <summary>this += a b. The assembler makes one instruction of each product and sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProduct(float a, Float4 b)
    {
        X += a * b.X;
        Y += a * b.Y;
        Z += a * b.Z;
        W += a * b.W;
    }
}
