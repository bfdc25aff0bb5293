using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>A fixture that is stamped for each backend. Every test must leave no buffer outstanding.</summary>
public abstract class BackendFixture(TestBackend device)
{
    protected Backend Backend { get; private set; } = null!;

    [OneTimeSetUp]
    public void Open() => Backend = device.Open();

    [OneTimeTearDown]
    public void Close() => Backend.Dispose();

    [TearDown]
    public void NothingIsOutstanding() => Assert.That(Backend.Pool.Outstanding, Is.Empty);
}
