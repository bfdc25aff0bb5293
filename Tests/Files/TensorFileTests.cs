using MiniLstm.Engine;
using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class TensorFileTests
{
    private readonly List<(string Name, View View)> _tensors = [];

    private ReferenceBackend Backend { get; set; } = null!;

    private FileFolder Folder { get; set; } = null!;

    private string FilePath => Folder["tensors.safetensors"];

    [SetUp]
    public void WriteFile()
    {
        Backend = new ReferenceBackend();
        Folder = new FileFolder();
        _tensors.Clear();
        _tensors.Add(("first", Memory([2, 3], 1, 2, 3, 4, 5, 6)));
        _tensors.Add(("second", Memory([2], 0.1, 1e300)));
        TensorFile.Write(FilePath, Backend, _tensors);
    }

    [TearDown]
    public void DeleteFile()
    {
        Folder.Dispose();
        Backend.Dispose();
    }

    [Test]
    public void Read_WhatWasWritten_GivesTheSameBitsUnderTheSameNames()
    {
        View first = Memory([2, 3], 0, 0, 0, 0, 0, 0);
        View second = Memory([2], 0, 0);

        TensorFile.Read(FilePath, Backend, [("second", second), ("first", first)]);

        Assert.That(Values(first), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(Values(second), Is.EqualTo(new[] { 0.1, 1e300 }));
    }

    [Test]
    public void Read_OtherNamesOrShapes_SaysWhichAndWritesNothing()
    {
        View first = Memory([3, 2], 9, 9, 9, 9, 9, 9);
        View second = Memory([2], 9, 9);

        Assert.That(
            () => TensorFile.Read(FilePath, Backend, [("second", second), ("third", first)]),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
                $"{FilePath}: tensors missing: \"third\"; unexpected: \"first\""));
        Assert.That(
            () => TensorFile.Read(FilePath, Backend, [("second", second), ("first", first)]),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
                $"{FilePath}: tensor first F64 [2, 3], expected the shape [3, 2]"));
        Assert.That(Values(second), Is.EqualTo(new double[] { 9, 9 }));
    }

    [Test]
    public void Read_Integers_AreRefused()
    {
        AtomicFile.Write(FilePath, stream =>
        {
            var writer = new SafetensorsWriter(
                stream, [new("second", SafetensorsType.I32, 2)], new Dictionary<string, string>());
            writer.Write("second", new[] { 1, 2 });
            writer.Complete();
        });

        Assert.That(
            () => TensorFile.Read(FilePath, Backend, [("second", Memory([2], 9, 9))]),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo(
                $"{FilePath}: tensor second I32 [2], expected floating point"));
    }

    [Test]
    public void Read_IntoWeights_MakesKeptCopiesVoid()
    {
        View second = Memory([2], 0, 0);
        View first = Memory([2, 3], 0, 0, 0, 0, 0, 0);
        second.Buffer.MarkChanged();
        long before = second.Buffer.Version;

        TensorFile.Read(FilePath, Backend, [("first", first), ("second", second)]);

        Assert.That(second.Buffer.Version, Is.GreaterThan(before));
        Assert.That(first.Buffer.Version, Is.Zero, "memory that changes at any time stays so");
    }

    [Test]
    public void Write_Metadata_SaysThatTheLayoutIsThatOfPyTorch()
    {
        using SafetensorsFile file = SafetensorsFile.Open(FilePath);

        Assert.That(file.Metadata, Is.EqualTo(new Dictionary<string, string> { ["format"] = "pt" }));
    }

    private View Memory(Shape shape, params double[] values)
    {
        View view = Backend.Pool.Rent(shape, "test");
        Backend.Upload(view, values);
        return view;
    }

    private double[] Values(View view)
    {
        double[] values = new double[view.Count];
        Backend.Download(view, values);
        return values;
    }
}
