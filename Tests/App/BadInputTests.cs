namespace MiniLstm.Tests;

/// <summary>Whatever is wrong: one line that says what and what to do, and the right exit code.</summary>
public sealed class BadInputTests : ProgramTests
{
    [TestCase("", "Required command was not provided")]
    [TestCase("learn", "'learn'")]
    [TestCase("train --colour red", "'--colour'")]
    [TestCase("train --hidden", "--hidden")]
    [TestCase("train --hidden abc", "--hidden 'abc': expected a number from 1 to 16384")]
    [TestCase("train --hidden 0", "--hidden '0'")]
    [TestCase("train --layers 1.5", "--layers '1.5'")]
    [TestCase("train --learning-rate 1,5", "--learning-rate '1,5'")]
    [TestCase("train --learning-rate nan", "--learning-rate 'nan'")]
    [TestCase("train --dropout 1", "--dropout '1': expected a number from 0 to 0.99")]
    [TestCase("train --seed -1", "--seed '-1'")]
    [TestCase("train --schedule linear", "--schedule 'linear': expected one of constant, step, cosine, plateau")]
    [TestCase("train --device gpu", "--device 'gpu': expected one of host, auto, cuda, opencl, ilgpu-cpu, reference; of several the second is cuda:1 or opencl:1")]
    [TestCase("train --device cuda:77", "--device cuda:77: there is no such device; usable here: host, ")]
    [TestCase("train --device ilgpu-cpu --precision bf16", "--precision bf16: ilgpu-cpu (simulated on the processor) has no tensor cores")]
    [TestCase("selftest --device opencl:77", "--device opencl:77: there is no such device; usable here: host, ")]
    [TestCase("train --steps 10 --minutes 1", "--steps and --minutes all say how long")]
    [TestCase("train --tie --hidden 8 --embedding 4", "--embedding 4 and --hidden 8")]
    [TestCase("train --data missing.txt", "missing.txt: there is no such file or folder")]
    [TestCase("train --resume missing", "missing: there is no run here")]
    [TestCase("generate", "there is no run below")]
    [TestCase("generate --run missing", "missing: there is no such folder")]
    [TestCase("generate --run .", ".: there is no model here")]
    [TestCase("generate --temperature -1", "--temperature '-1'")]
    [TestCase("generate --top-k 0", "--top-k '0'")]
    [TestCase("generate --top-p 1.5", "--top-p '1.5'")]
    [TestCase("evaluate --part middle", "--part 'middle': expected one of train, validation, test")]
    [TestCase("evaluate --baseline 9", "--baseline '9': expected a number from 2 to 8")]
    [TestCase("evaluate --data text.txt --part test", "--data names a text")]
    [TestCase("selftest --device tpu", "--device 'tpu'")]
    [TestCase("selftest --quick --device reference", "--quick compares a device with the reference")]
    public void CommandLine_Wrong_IsOneLineAndCode2(string arguments, string expected)
    {
        AssertOneLine(Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)), 2, expected);
    }

    [TestCase("", "text.txt is empty")]
    [TestCase("x", "the text has 1 character")]
    [TestCase("ab", "the validation part of the text has")]
    [TestCase("shorter than a batch of windows", "but a batch of 4 windows of 8 needs 33")]
    public void Text_TooShort_IsOneLineAndCode1(string text, string expected)
    {
        File.WriteAllText(In("text.txt"), text);
        AssertOneLine(Run(Tiny("run", 10)), 1, expected);
        Assert.That(Directory.Exists(In("run")), Is.False);
    }

    [Test]
    public void Text_NotUtf8_NamesTheByte()
    {
        File.WriteAllBytes(In("text.txt"), [.. "caf"u8, 0xE9, .. " and so on"u8]);
        AssertOneLine(Run(Tiny("run", 10)), 1, "text.txt, byte 3: 0xE9 is not valid UTF-8");
    }

    [Test]
    public void Data_FolderWithoutText_IsOneLine()
    {
        Directory.CreateDirectory(In("empty"));
        string[] arguments = Replace(Tiny("run", 10), "text.txt", "empty");
        AssertOneLine(Run(arguments), 1, "there is no text file below this folder");
    }

    [Test]
    public void Out_BelowAFile_IsOneLine()
    {
        AssertOneLine(
            Run(Tiny(Path.Combine("text.txt", "run"), 10)), 1, "the folder of the run cannot be made", "--out");
    }

    [Test]
    public void Out_File_IsOneLine()
    {
        AssertOneLine(Run(Tiny("text.txt", 10)), 2, "there is a file of that name");
    }

    [Test]
    [Platform(Include = "Linux", Reason = "a folder into which nobody may write, not even root")]
    public void Out_FolderWithoutRights_IsOneLine()
    {
        AssertOneLine(Run(Tiny("/proc/run", 10)), 1, "/proc/run: the folder of the run cannot be made", "--out");
    }

    [Test]
    public void Model_DamagedWeights_NamesFileAndByte()
    {
        Train("run", 10);
        File.WriteAllBytes(In("run", "model.safetensors"), [255, 255, 255, 255, 255, 255, 255, 127]);
        AssertOneLine(Run("generate", "--run", "run"), 1, "model.safetensors");
    }

    [Test]
    public void Model_HugeMemory_IsRefusedBeforeTheSystemEndsTheProgram()
    {
        // More than any machine has.
        string[] arguments = Tiny("run", 10);
        arguments[Array.IndexOf(arguments, "--hidden") + 1] = "16384";
        arguments[Array.IndexOf(arguments, "--layers") + 1] = "64";
        AssertOneLine(Run(arguments), 1, "out of memory", "a smaller");
        Assert.That(Directory.Exists(In("run")), Is.False);
    }
}
