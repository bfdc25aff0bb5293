using MiniLstm.Model;

namespace MiniLstm.Tests;

public sealed class StopTextTests
{
    [TestCase("abcSTOPdef", "STOP", "abc", true)]
    [TestCase("abcSTO", "STOP", "abcSTO", false)]
    [TestCase("aab", "ab", "a", true)]
    [TestCase("ababac", "abac", "ab", true)]
    [TestCase("STOP", "STOP", "", true)]
    [TestCase("abc", "", "abc", false)]
    [TestCase("abc", null, "abc", false)]
    public void Pass_CharacterByCharacter_LetsThroughWhatComesBefore(
        string text, string? stop, string expected, bool found)
    {
        var filter = new StopText(stop);
        string passed = "";
        foreach (char c in text)
        {
            if (!filter.IsFound)
                passed += filter.Pass(c.ToString());
        }

        Assert.That(passed + filter.Held, Is.EqualTo(expected));
        Assert.That(filter.IsFound, Is.EqualTo(found));
    }

    [Test]
    public void Pass_WhatCannotBeTheStopText_IsNotHeldBack()
    {
        var filter = new StopText("xy");
        Assert.That(filter.Pass("ax"), Is.EqualTo("a"));
        Assert.That(filter.Pass("b"), Is.EqualTo("xb"));
    }
}
