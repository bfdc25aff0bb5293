using System.Collections;

namespace MiniLstm.Tests;

/// <summary>One backend of each kind: training puts together what other fixtures try on all of them.</summary>
public sealed class TrainingBackends : IEnumerable<TestBackend>
{
    public IEnumerator<TestBackend> GetEnumerator() =>
        new TestBackends().Where(backend => backend.Name is "reference" or "host").GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
