using MiniLstm.Engine;

namespace MiniLstm.Tests;

/// <summary>A fixture that is stamped for each backend. Every test must leave no buffer outstanding.</summary>
[Category("Backends")]
public abstract class BackendFixture(TestBackend device)
{
    protected Backend Backend { get; private set; } = null!;

    [OneTimeSetUp]
    public void Open() => Backend = device.Open();

    [OneTimeTearDown]
    public void Close() => Backend.Dispose();

    [TearDown]
    public void NothingIsOutstanding()
    {
        IReadOnlyList<string> outstanding = Backend.Pool.Outstanding;
        if (outstanding.Count > 0)
        {
            // The next test must not suffer from this one.
            Close();
            Open();
        }

        Assert.That(outstanding, Is.Empty);
    }
}
