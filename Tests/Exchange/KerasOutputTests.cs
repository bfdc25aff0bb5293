using MiniLstm.Engine;
using MiniLstm.Model;
using MiniLstm.Training;

namespace MiniLstm.Tests;

/// <summary>Genuine files of Keras compute here what they compute there: the outputs beside them are those of NumPy in
/// float64, which agree with what Keras recorded.</summary>
[TestFixtureSource(typeof(TestBackends))]
public sealed class KerasOutputTests(TestBackend device) : BackendFixture(device)
{
    [TestCaseSource(typeof(KerasFiles), nameof(KerasFiles.All))]
    public void Load_GenuineFile_GivesItsOutputs(string name) => Check(KerasFiles.PathOf(name));

    [TestCaseSource(typeof(KerasFiles), nameof(KerasFiles.Made))]
    public void Load_FileMadeHere_GivesItsOutputs(string path) => Check(path);

    private void Check(string path)
    {
        using Sequential model = KerasImport.Load(path, Backend).Model;
        using SafetensorsFile expected = SafetensorsFile.Open(Path.ChangeExtension(path, ".safetensors"));
        SafetensorsTensor input = expected["input.x"];
        double[] y = Read(expected, "output.y");

        using Tape tape = Tape.ForInference(Backend);
        double[] output = KerasFiles.Run(model, tape, [.. input.Shape.Select(size => (int)size)], Read(expected, "input.x"));

        Assert.That(output, Is.EqualTo(y).Within(1e-5 * y.Max(Math.Abs)));
    }

    private static double[] Read(SafetensorsFile file, string name)
    {
        double[] values = new double[file[name].Count];
        if (file[name].Type is SafetensorsType.I32)
        {
            int[] integers = new int[values.Length];
            file.Read(name, integers);
            return System.Array.ConvertAll(integers, value => (double)value);
        }

        file.Read(name, values);
        return values;
    }
}
