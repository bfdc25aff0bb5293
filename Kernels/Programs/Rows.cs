using ILGPU;
using ILGPU.Algorithms;
using MiniLstm.Engine;

namespace MiniLstm.Kernels;

/// <summary>The softmax of each row, or its logarithm; one group a row.</summary>
internal readonly struct SoftmaxKernel(ArrayView<float> y, ArrayView<float> x, int columns, Flag logarithm) : IGroupKernel
{
    public void Run()
    {
        ArrayView<float> room = RowGroup.Room();
        int first = Grid.IdxX * columns;
        float largest = LogSum.Largest(room, x, first, columns);
        float logSum = LogSum.OfRest(room, x, first, columns, largest, out float sum);
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
        {
            float shifted = x[first + j] - largest;
            y[first + j] = logarithm ? shifted - logSum : Float32Math.Exp(new Float32(shifted)).Value / sum;
        }
    }
}

/// <summary>dx (+)= y (dy - Σ y dy), or dy - exp(y) Σ dy for the logarithm; one group a row.</summary>
internal readonly struct SoftmaxSlopeKernel(
    ArrayView<float> dx, ArrayView<float> y, ArrayView<float> dy, int columns, Flag logarithm, Flag add) : IGroupKernel
{
    public void Run()
    {
        ArrayView<float> room = RowGroup.Room();
        int first = Grid.IdxX * columns;
        float sum = 0;
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
            sum += logarithm ? dy[first + j] : y[first + j] * dy[first + j];
        sum = RowGroup.Combine<SumReduction>(room, sum);
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
        {
            float value = y[first + j];
            float gradient = dy[first + j];
            float slope = logarithm
                ? gradient - Float32Math.Exp(new Float32(value)).Value * sum
                : value * (gradient - sum);
            Result.Put(ref dx[first + j], slope, add);
        }
    }
}

/// <summary>The cross-entropy of each row, as <see cref="Backend.CrossEntropy"/> defines it; one group a row.</summary>
internal readonly struct CrossEntropyKernel(
    ArrayView<float> losses,
    ArrayView<float> logSums,
    ArrayView<float> rowWeights,
    ArrayView<float> logits,
    ArrayView<int> targets,
    ArrayView<float> classWeights,
    int columns,
    int ignoredIndex,
    float smoothing) : IGroupKernel
{
    public void Run()
    {
        ArrayView<float> room = RowGroup.Room();
        int row = Grid.IdxX;
        int first = row * columns;
        float largest = LogSum.Largest(room, logits, first, columns);
        float logSum = LogSum.OfRest(room, logits, first, columns, largest, out _);
        int target = targets[row];

        // Without smoothing the other classes are not looked at: a logit of -∞ would add 0 · ∞.
        float all = 0;
        if (smoothing > 0)
        {
            for (int c = Group.IdxX; c < columns; c += Group.DimX)
                all += ClassWeight.Of(classWeights, c) * (largest - logits[first + c] + logSum);
            all = RowGroup.Combine<SumReduction>(room, all);
        }

        if (Group.IdxX > 0)
            return;
        logSums[2 * row] = largest;
        logSums[2 * row + 1] = logSum;
        float loss = 0;
        float weight = 0;
        if (target != ignoredIndex)
        {
            weight = ClassWeight.Of(classWeights, target);
            loss = (1 - smoothing) * weight * (largest - logits[first + target] + logSum) + smoothing / columns * all;
        }

        losses[row] = loss;
        rowWeights[row] = weight;
    }
}

/// <summary>The gradient of the cross-entropy by the logits, one thread an element; the sum of all class weights comes with the launch.</summary>
internal readonly struct CrossEntropySlopeKernel(
    ArrayView<float> dLogits,
    ArrayView<float> logits,
    ArrayView<float> logSums,
    ArrayView<float> scale,
    ArrayView<int> targets,
    ArrayView<float> classWeights,
    ArrayView<float> sumOfClassWeights,
    int columns,
    int ignoredIndex,
    float smoothing,
    Flag add) : IElementKernel
{
    public void Run(int i)
    {
        int row = i / columns;
        int c = i % columns;
        int target = targets[row];
        float slope = 0;
        if (target != ignoredIndex)
        {
            float share = smoothing / columns;
            float ofTarget = (1 - smoothing) * ClassWeight.Of(classWeights, target);
            float allWeights = sumOfClassWeights.IntLength > 0 ? sumOfClassWeights[0] : columns;
            float probability = Float32Math.Exp(new Float32(logits[i] - logSums[2 * row] - logSums[2 * row + 1])).Value;
            slope = probability * (ofTarget + share * allWeights) - share * ClassWeight.Of(classWeights, c);
            if (c == target)
                slope -= ofTarget;
            slope *= scale[scale.IntLength == 1 ? 0 : row];
        }

        Result.Put(ref dLogits[i], slope, add);
    }
}

/// <summary>Each row normalised; one group a row.</summary>
internal readonly struct LayerNormalizationKernel(
    ArrayView<float> y,
    ArrayView<float> normalized,
    ArrayView<float> inverseDeviations,
    ArrayView<float> x,
    ArrayView<float> gain,
    ArrayView<float> shift,
    int columns,
    float epsilon) : IGroupKernel
{
    public void Run()
    {
        ArrayView<float> room = RowGroup.Room();
        int first = Grid.IdxX * columns;
        float sum = 0;
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
            sum += x[first + j];
        float mean = RowGroup.Combine<SumReduction>(room, sum) / columns;

        // From the mean, not from squares alone: nothing cancels.
        float squares = 0;
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
            squares += (x[first + j] - mean) * (x[first + j] - mean);
        float variance = RowGroup.Combine<SumReduction>(room, squares) / columns;
        float inverse = 1 / XMath.Sqrt(variance + epsilon);
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
        {
            float value = (x[first + j] - mean) * inverse;
            normalized[first + j] = value;
            y[first + j] = value * gain[j] + shift[j];
        }

        if (Group.IdxX == 0)
            inverseDeviations[Grid.IdxX] = inverse;
    }
}

/// <summary>The gradient of the normalisation by its operand: dx (+)= (q - mean(q) - n mean(q n)) / deviation with q = dy gain; one group a row.</summary>
internal readonly struct LayerNormalizationSlopeKernel(
    ArrayView<float> dx,
    ArrayView<float> normalized,
    ArrayView<float> inverseDeviations,
    ArrayView<float> gain,
    ArrayView<float> dy,
    int columns,
    Flag add) : IGroupKernel
{
    public void Run()
    {
        ArrayView<float> room = RowGroup.Room();
        int first = Grid.IdxX * columns;
        float sum = 0;
        float sumOfProducts = 0;
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
        {
            float q = dy[first + j] * gain[j];
            sum += q;
            sumOfProducts += q * normalized[first + j];
        }

        float mean = RowGroup.Combine<SumReduction>(room, sum) / columns;
        float meanOfProducts = RowGroup.Combine<SumReduction>(room, sumOfProducts) / columns;
        float inverse = inverseDeviations[Grid.IdxX];
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
        {
            float slope = (dy[first + j] * gain[j] - mean - normalized[first + j] * meanOfProducts) * inverse;
            Result.Put(ref dx[first + j], slope, add);
        }
    }
}

/// <summary>log Σ exp(x) of a row in two parts: the largest value, taken out first so that nothing overflows, and the logarithm of the rest.</summary>
internal static class LogSum
{
    /// <summary>The row's largest value.</summary>
    public static float Largest(ArrayView<float> room, ArrayView<float> x, int first, int columns)
    {
        float largest = float.NegativeInfinity;
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
            largest = MaxReduction.Combine(x[first + j], largest);
        return RowGroup.Combine<MaxReduction>(room, largest);
    }

    /// <summary>log Σ exp(x - largest), and the sum itself.</summary>
    public static float OfRest(ArrayView<float> room, ArrayView<float> x, int first, int columns, float largest, out float sum)
    {
        float part = 0;
        for (int j = Group.IdxX; j < columns; j += Group.DimX)
            part += Float32Math.Exp(new Float32(x[first + j] - largest)).Value;
        sum = RowGroup.Combine<SumReduction>(room, part);
        return Float32Math.Log(new Float32(sum)).Value;
    }
}

/// <summary>Weights of classes, 1 where there are none.</summary>
internal static class ClassWeight
{
    public static float Of(ArrayView<float> classWeights, int index) => classWeights.IntLength > 0 ? classWeights[index] : 1;
}
