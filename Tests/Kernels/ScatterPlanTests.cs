using MiniLstm.Engine;
using MiniLstm.Kernels;

namespace MiniLstm.Tests;

/// <summary>The order of a scatter-add.</summary>
public sealed class ScatterPlanTests
{
    [Test]
    public void Numbers_IdsOfOneAndOfMoreParts_AreSortedInTheirOrder()
    {
        var plan = new ScatterPlan([4, 1, 4, 0, 1, 4, 3, 4, 4], entries: 6, skippedId: 3, partRows: 2);

        Assert.That((plan.Parts, plan.SharedParts), Is.EqualTo((5, 3)));
        Assert.That(plan.IdsOfSharedParts.ToArray(), Is.EqualTo([4, 4, 4]));
        Assert.That(
            plan.Numbers.ToArray(),
            Is.EqualTo([4, 4, 4, 1, 0, 11, 13, 15, 16, 18, 19, /* rows of 4: */ 0, 2, 5, 7, 8, /* of 1: */ 1, 4, /* of 0: */ 3]));
    }

    [Test]
    public void Parts_AllIdsSkipped_AreNone()
    {
        var plan = new ScatterPlan([2, 2], entries: 3, skippedId: 2, partRows: 64);

        Assert.That((plan.Parts, plan.SharedParts), Is.EqualTo((0, 0)));
    }

    [Test]
    public void ScatterAdd_InFloat32_AddsInTheOrderOfRowsByParts()
    {
        const int Part = 64;
        float[] values = [.. Enumerable.Range(0, 2 * Part + 5).Select(r => (float)Math.Exp(3 * Math.Sin(r)))];
        float[] parts = [.. values.Chunk(Part).Select(part => part.Aggregate(0f, (sum, value) => sum + value))];
        float[] few = values[..Part];
        using IlgpuBackend device = DeviceList.Open(DeviceList.Simulator, BackendOptions.Default with { Poison = true });

        Assert.That(SumOf(device, values), Is.EqualTo(parts.Aggregate(0.1f, (sum, part) => sum + part)), "parts");
        Assert.That(SumOf(device, few), Is.EqualTo(few.Aggregate(0.1f, (sum, value) => sum + value)), "one part");
    }

    private static float SumOf(IlgpuBackend device, float[] values)
    {
        using Tape tape = Tape.ForInference(device);
        View table = tape.Rent([2, 1], "table");
        View rows = tape.Rent([values.Length, 1], "rows");
        device.Fill(table, 0.1);
        device.Upload(rows, values);
        device.ScatterAdd(table, tape.Indices([values.Length], [.. values.Select(_ => 1)]), rows, skippedId: -1);
        float[] sums = new float[2];
        device.Download(table, sums);
        Assert.That(sums[0], Is.EqualTo(0.1f));
        return sums[1];
    }
}
