using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>What holds for calls in every family, each as its models write them.</summary>
public sealed class EveryFamilyTests
{
    private static readonly (string Name, string Arguments) Paris = ("weather", """{"city": "Paris", "days": 3}""");

    private static readonly string[] Written =
    [
        """{}""",
        """{"city": "Zürich — 東京 🗼"}""",
        """{"city": "a \"quoted\" \\ name\nin two lines"}""",
        """{"city": "braces } ] { [ and 'quotes' inside"}""",
        """{"city": "</tool_call> [/] <| and ``` inside"}""",
        """{"city": "x", "where": {"a": {"b": [1, -2.5e3, {"c": null}]}, "d": true}, "tags": ["p", ["q"], []]}""",
        """{"city": "", "exact": false}""",
    ];

    public static TheoryData<string> Families => [.. Family.All.Select(f => f.Dialect.Name)];

    public static TheoryData<string, string> Arguments => [.. Family.All.SelectMany(f => Written.Select(a => (f.Dialect.Name, a)))];

    [Theory]
    [MemberData(nameof(Arguments))]
    public void Arguments_come_out_as_they_were_meant(string name, string arguments)
    {
        Family family = Family.Of(name);
        List<OutputPart> parts = Answers.Parts(family.Dialect, [family.Write(("weather", arguments))]);
        (string function, string read) = Assert.Single(Answers.Calls(parts));
        Assert.Equal("weather", function);
        Assert.True(Answers.IsSameJson(arguments, read), read);
        if (family.KeepsText)
            Assert.Equal(arguments, read);
        Assert.Equal("", Answers.Content(parts));
        Assert.IsType<OutputPart.ToolCallEnd>(parts[^1]);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Parallel_calls_are_counted_from_zero(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(Paris, ("now", "{}"), ("note-2", """{"text": "x"}"""));
        List<OutputPart> parts = Answers.Parts(family.Dialect, [raw]);
        Assert.Equal("""«weather {"city": "Paris", "days": 3}»«now {}»«note-2 {"text": "x"}»""", WithoutIds(parts));
        Assert.Equal([0, 1, 2], parts.OfType<OutputPart.ToolCallEnd>().Select(p => p.Index));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Text_around_calls_is_content_without_the_blanks_before_them(string name)
    {
        Family family = Family.Of(name);
        string raw = $"I look it up.\n\n{family.Write(Paris)}";
        if (family.Dialect == Dialect.GptOss)
            raw = $"<|channel|>commentary<|message|>I look it up.\n\n<|end|><|start|>assistant{family.Write(Paris)}";
        Assert.Equal("""I look it up.«weather {"city": "Paris", "days": 3}»""", WithoutIds(Answers.Parts(family.Dialect, [raw])));
        Assert.Equal("""I look it up.«weather {"city": "Paris", "days": 3}»""" + "\nThere. ", WithoutIds(Answers.Parts(family.Dialect, [raw + "\nThere. "])));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Blanks_after_the_last_call_are_dropped(string name)
    {
        Family family = Family.Of(name);
        Assert.Equal("""«weather {"city": "Paris", "days": 3}»""", WithoutIds(Answers.Parts(family.Dialect, [$"\n{family.Write(Paris)}\n\n"])));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_call_of_an_unknown_function_is_content_in_full(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(("rain", """{"city": "Paris"}"""));
        Assert.Equal(raw, Answers.Read(family.Dialect, raw));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_call_before_one_of_an_unknown_function_is_made(string name)
    {
        Family family = Family.Of(name);
        List<OutputPart> parts = Answers.Parts(family.Dialect, [family.Write(Paris, ("rain", """{"city": "Oslo"}"""))]);
        Assert.Equal("weather", Assert.Single(Answers.Calls(parts)).Name);
        Assert.Contains("rain", Answers.Content(parts), StringComparison.Ordinal);
        Assert.Contains("Oslo", Answers.Content(parts), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Wherever_an_answer_is_cut_it_is_content_in_full_or_the_arguments_are_cut(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(Paris);
        bool wasCalled = false;
        for (int length = 0; length <= raw.Length; length++)
        {
            List<OutputPart> parts = Answers.Parts(family.Dialect, [raw[..length]]);
            if (Answers.Calls(parts) is not [(var function, var arguments)])
            {
                Assert.False(wasCalled, raw[..length]);
                // Of gpt-oss' markup, a header that names nobody yet is left out.
                if (Answers.Show(parts) is not "" || family.Dialect != Dialect.GptOss)
                    Assert.Equal(raw[..length], Answers.Show(parts));
                continue;
            }

            wasCalled = true;
            Assert.Equal("weather", function);
            Assert.StartsWith(arguments, Paris.Arguments, StringComparison.Ordinal);
            Assert.IsType<OutputPart.ToolCallEnd>(parts[^1]);
            Assert.Equal("", Answers.Content(parts));
        }

        Assert.True(wasCalled);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Wherever_an_answer_that_is_held_to_calls_is_cut_it_has_no_content(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(Paris, Paris);
        for (int length = 0; length <= raw.Length; length++)
            Assert.Equal("", Answers.Content(Answers.Parts(family.Dialect, [raw[..length]], isHeldToCalls: true)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Where_one_call_is_allowed_those_after_the_first_are_left_out(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(Paris, ("now", "{}"), Paris);
        List<OutputPart> parts = Answers.Parts(family.Dialect, raw.Select(c => c.ToString()), isParallel: false);
        Assert.Equal("""«weather {"city": "Paris", "days": 3}»""", WithoutIds(parts));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_backslash_that_escapes_nothing_is_one(string name)
    {
        Family family = Family.Of(name);
        if (!family.KeepsText)
            return;
        List<OutputPart> parts = Answers.Parts(family.Dialect, [family.Write(("weather", """{"city": "it\'s \d \users \u12"}"""))]);
        Assert.Equal(("weather", """{"city": "it\\'s \\d \\users \\u12"}"""), Assert.Single(Answers.Calls(parts)));
        Assert.Equal("", Answers.Content(parts));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_call_is_whole_once_its_arguments_are(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(Paris);
        for (int length = 0; length <= raw.Length; length++)
        {
            List<OutputPart> parts = Answers.Parts(family.Dialect, [raw[..length]]);
            foreach ((string _, string arguments) in Answers.Calls(parts))
                Assert.Equal(arguments.EndsWith('}'), Assert.Single(parts.OfType<OutputPart.ToolCallEnd>()).IsWhole);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Malformed_JSON_ends_a_call_and_the_rest_is_content(string name)
    {
        Family family = Family.Of(name);
        if (!family.KeepsText)
            return;
        string shown = WithoutIds(Answers.Parts(family.Dialect, [family.Write(("weather", "{\"city\": oops}"))]));
        if (family.Dialect == Dialect.MistralNemo)
            Assert.Equal(family.Write(("weather", "{\"city\": oops}")), shown);
        else
            Assert.StartsWith("«weather {\"city\": »oops}", shown, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Without_tools_the_markup_is_content(string name)
    {
        Family family = Family.Of(name);
        string raw = $"Look:\n{family.Write(Paris, Paris)}\n";
        Assert.Equal(raw, Answers.Read(family.Dialect, raw, parsesTools: false));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Arguments_come_while_they_are_written(string name)
    {
        Family family = Family.Of(name);
        string raw = family.Write(Paris);
        int half = raw.IndexOf("ris", StringComparison.Ordinal);
        AnswerSplitter splitter = new(family.Dialect, Answers.Tools, true, false);
        splitter.Append(raw.AsSpan(0, half));
        bool isHeld = !family.KeepsText || family.Dialect == Dialect.MistralNemo;
        Assert.Equal(isHeld ? "" : "{\"city\": \"Pa", string.Concat(splitter.Drain().OfType<OutputPart.ToolCallArguments>().Select(p => p.TextDelta)));
    }

    private static string WithoutIds(IEnumerable<OutputPart> parts) =>
        Answers.Show(parts.Select(p => p is OutputPart.ToolCallBegin begin ? begin with { Id = null } : p));
}
