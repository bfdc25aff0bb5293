using MiniLstm.Training;

namespace MiniLstm.Tests;

public sealed class KerasFileTests
{
    [TestCaseSource(typeof(KerasFiles), nameof(KerasFiles.All))]
    public void Read_GenuineFile_Prints(string name)
    {
        KerasModel model = KerasFile.Read(KerasFiles.PathOf(name));
        foreach (KerasLayer layer in model.Layers)
            TestContext.Out.WriteLine($"{model.KerasVersion} {layer.Kind} {layer.Name} {string.Join(" ", layer.Weights)}");
    }
}
