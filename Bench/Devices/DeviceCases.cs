namespace MiniLstm.Bench;

/// <summary>What is measured on every device. Each list begins with what the slowest can do.</summary>
internal static class DeviceCases
{
    /// <summary>Bytes of copies: from what stays in a cache to what stays in none.</summary>
    public static long[] Copies { get; } = [1 << 16, 1 << 20, 1 << 24, 1 << 28];

    /// <summary>Squares; narrow results, as of a small vocabulary; few rows, as in a time step; gradients of weights, summed over all time steps.</summary>
    public static ProductShape[] Products { get; } =
    [
        .. new[] { 64, 256, 512, 1024, 2048, 4096 }.Select(size => new ProductShape(size, size, size)),
        new(1024, 1024, 65),
        new(4096, 256, 65),
        .. new[] { 1, 4, 16, 64 }.Select(rows => new ProductShape(rows, 1024, 4096)),
        new(512, 2048, 128, TransposeA: true),
        new(1024, 4096, 256, TransposeA: true),
        new(2600, 700, 650, TransposeA: true),
        new(4096, 6400, 1024, TransposeA: true),
    ];

    public static LayerShape[] Layers { get; } =
    [
        new(16, 16, 4, 8),
        new(64, 64, 8, 32),
        new(128, 128, 32, 64),
        new(256, 256, 64, 64),
        new(650, 650, 20, 35),
        new(1024, 1024, 64, 100),
    ];

    public static WorkloadShape[] Steps { get; } = [new(65, 16, 16, 1, 4, 8), new(65, 32, 64, 1, 8, 32), .. WorkloadShape.Compared];
}
