using System.Text;

using CsCheck;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>What holds for any text.</summary>
public sealed class PropertyTests
{
    /// <summary>Markers whole and broken, halves of calls, and what may come between.</summary>
    private static readonly string[] Pieces =
    [
        "<tool_call>", "</tool_call>", "<tool_calls>", "<function=", "<function=weather>", "</function>", "<parameter=city>", "</parameter>",
        "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<|tool_call|>", "<|tool_call_start|>", "<|tool_call_end|>", "```tool_call", "```json",
        "```", "<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>", "<|channel|>", "<|message|>",
        "<|start|>", "assistant", "<|end|>", "<|call|>", "analysis", "commentary", "final", " to=functions.weather", "<think>", "</think>", "[THINK]", "[/THINK]",
        "<response>", "</response>", "{\"name\": \"weather\", ", "{\"name\": \"now\", \"arguments\": {}}", "\"arguments\": ", "\"parameters\": {\"city\": \"Rome\"}",
        "{\"city\": \"x\\u00e9\\\\\"}", "\"{\\\"city\\\": 1}\"", "\"id\": \"c1\"", "{\"tool_calls\": [", "{\"function\": ", "weather", "now", "now()", "weather(city='a', days=1)",
        "{", "}", "[", "]", ",", ":", "\"", "'", ";", "(", ")", "=", "<", "<|", "<tool_", "[TOOL", "\n", "\n\n", " ", "text", "Zürich 🗼", "\\", "-1.5e3", "true", "null",
    ];

    private static readonly (string Name, string Arguments)[] Calls =
        [("weather", "{\"city\": \"Rome \\\"} 🗼\"}"), ("now", "{}"), ("rain", "{\"city\": \"Oslo\"}"), ("note-2", "{\"text\": \"a\\nb\"}")];

    private static readonly Gen<string> Texts = One(Pieces).Array[0, 24].Select(string.Concat);

    /// <summary>Answers of a family: calls, texts and markers; every second one damaged in one place.</summary>
    private static readonly Gen<(Dialect Dialect, string Text)> FamilyAnswers =
        Gen.Select(One([.. Family.All]), Gen.Int[0, 999].Array[1, 6], Gen.Int[0, 999], Gen.Int[0, 9], One(Pieces), Gen.Bool)
            .Select((family, parts, at, length, piece, isDamaged) =>
            {
                string text = string.Concat(parts.Select(p => (p % 3) switch
                {
                    0 => Pieces[p % Pieces.Length],
                    1 => family.Write(Calls[p % Calls.Length]),
                    _ => family.Write(Calls[p % Calls.Length], Calls[p / 4 % Calls.Length]) + "\n",
                }));
                int from = Math.Min(at, text.Length), to = Math.Min(from + length, text.Length);
                return (family.Dialect, isDamaged ? text[..from] + piece + text[to..] : text);
            });

    private static readonly Gen<Dialect> Families = One([.. Dialect.All]);

    private static readonly Gen<(Dialect Dialect, string Text)> Any = Gen.OneOf(FamilyAnswers, Gen.Select(Families, Texts));

    private static Gen<T> One<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void How_a_text_is_cut_does_not_matter() =>
        Gen.Select(Any, Gen.Int[1, 9].Array[1, 8], Gen.Bool, Gen.Bool).Sample(
            (answer, sizes, parsesTools, begins) =>
                Answers.Show(Answers.Parts(answer.Dialect, Cut(answer.Text, sizes), parsesTools, begins)) == Answers.Read(answer.Dialect, answer.Text, parsesTools, begins),
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);

    [Fact]
    public void Reasoning_stands_where_it_is_said_to()
    {
        int thoughts = 0;
        Gen.Select(Any, Gen.Int[1, 9].Array[1, 8], Gen.Bool, Gen.Bool).Sample(
            (answer, sizes, parsesTools, begins) =>
            {
                AnswerSplitter splitter = new(answer.Dialect, Answers.Tools, parsesTools, begins);
                foreach (string piece in Cut(answer.Text, sizes))
                    splitter.Append(piece);
                splitter.Finish();
                thoughts += splitter.Thoughts.Count;
                return string.Concat(splitter.Drain().OfType<OutputPart.Reasoning>().Select(part => part.Text))
                    == string.Concat(splitter.Thoughts.Select(thought => answer.Text[thought]));
            },
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);
        Assert.True(thoughts > 5_000, $"There were {thoughts} thoughts");
    }

    [Fact]
    public void Calls_begin_once_in_order_and_end()
    {
        int made = 0;
        Gen.Select(Any, Gen.Bool).Sample(
            (answer, begins) =>
            {
                int calls = 0;
                bool isOpen = false;
                foreach (OutputPart part in Answers.Parts(answer.Dialect, Cut(answer.Text, [3, 5]), beginsInReasoning: begins))
                {
                    Assert.Equal(isOpen, part is OutputPart.ToolCallArguments or OutputPart.ToolCallEnd);
                    if (part is OutputPart.ToolCallBegin begin)
                    {
                        Assert.Equal(calls++, begin.Index);
                        Assert.Contains(begin.Name, Answers.Tools.Select(t => t.Name));
                        isOpen = true;
                    }
                    else if (part is OutputPart.ToolCallEnd end)
                    {
                        Assert.Equal(calls - 1, end.Index);
                        isOpen = false;
                    }
                }

                Assert.False(isOpen);
                made += calls;
            },
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);
        Assert.True(made > 10_000, $"{made} calls were made");
    }

    [Fact]
    public void Words_between_the_markup_are_never_lost() =>
        Gen.Select(One([.. Dialect.All.Where(d => d != Dialect.GptOss)]), One([.. Pieces.Where(p => p is not ("\"" or "'"))]).Array[0, 16], Gen.Bool).Sample(
            (dialect, pieces, begins) =>
            {
                StringBuilder raw = new();
                for (int i = 0; i < pieces.Length; i++)
                    raw.Append(pieces[i]).Append("Word").Append((char)('A' + i));
                string shown = Answers.Read(dialect, raw.ToString(), beginsInReasoning: begins);
                for (int i = 0; i < pieces.Length; i++)
                    Assert.Contains("Word" + (char)('A' + i), shown, StringComparison.Ordinal);
            },
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);

    [Fact]
    public void A_text_without_calls_comes_out_as_it_is() =>
        Gen.Select(Families, One(["<", "<|", "<tool_cal", "[TOOL", "{", "}", "{\"name\"", "`", "``", "\n", " ", "a", "<thin", "é🗼", "</tool_call>", "]", ";", "<｜tool", "\"x\": 1"]).Array[0, 24])
            .Sample(
                (dialect, pieces) => Answers.Read(dialect, "." + string.Concat(pieces)) == "." + string.Concat(pieces),
                iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);

    [Fact]
    public void Without_tools_nothing_but_reasoning_and_channels_is_taken_out() =>
        Gen.Select(One([.. Dialect.All.Where(d => d != Dialect.GptOss && d != Dialect.Granite)]), Texts).Sample(
            (dialect, text) => Answers.Read(dialect, "." + text, parsesTools: false) == "." + text,
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);

    public static TheoryData<string> Hostile =>
    [
        "<tool_ca", "<tool_call>", "<tool_call>{\"name\":", "<tool_call>{\"name\":\"weather\",\"arguments\":{\"a\":\"", "{\"arguments\":{\"a\":[", "{\"function\":",
        "{\"tool_calls\":[", "[TOOL_CALLS]", "[TOOL_CALLS]weather[", "<function=weather><parameter=city>", "<tool_call><function=weather>\n<parameter=a>\n</parameter>\n",
        "<|tool_call_start|>[weather(a=[", "<|tool_call_start|>[weather(a='\\", "weather(a=1, ", "```tool_code\nnow(", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>", "<｜tool▁call▁begin｜>now<｜tool▁sep｜>",
        "<|channel|>", "<|channel|>commentary to=functions.now<|message|>{\"a\":", "<|start|>assistant<|end|>", "<think>", "<think></", "\n", " ", "\n{\n", "`", "\ud83d", "\"", "x\n```json\n{\"id\":\"",
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void The_work_is_linear_whatever_is_repeated(string piece)
    {
        foreach (Dialect dialect in Dialect.All)
            foreach (string before in new[] { "", "<tool_call>", "<|tool_call_start|>[weather(a=" })
            {
                long once = Work(dialect, before + Repeated(piece, 8_000)), twice = Work(dialect, before + Repeated(piece, 16_000));
                Assert.True(twice <= 2.1 * once + 1000, $"{dialect}: {once} steps, then {twice}");
                Assert.True(twice <= 8 * 16_000, $"{dialect}: {twice} steps");
            }
    }

    [Fact]
    public void A_million_characters_of_half_a_marker_are_content()
    {
        string raw = Repeated("<tool_ca", 1_000_000);
        foreach (Dialect dialect in Dialect.All)
            Assert.Equal(raw, Answers.Content(Answers.Parts(dialect, Cut(raw, [7, 4000]))));
    }

    [Fact]
    public void A_call_that_never_ends_is_content_after_all()
    {
        string raw = "<tool_call>{\"arguments\":" + Repeated("{\"a\":", 1_000_000);
        Assert.Equal(raw, Answers.Read(Dialect.Hermes, raw));
        raw = "<function=weather><parameter=city>" + Repeated("x</param", 1_000_000);
        Assert.Equal(raw, Answers.Read(Dialect.QwenCoder, raw));
    }

    private static string Repeated(string piece, int length) => string.Concat(Enumerable.Repeat(piece, length / piece.Length));

    private static long Work(Dialect dialect, string raw)
    {
        AnswerSplitter splitter = new(dialect, Answers.Tools, true, false);
        splitter.Append(raw);
        splitter.Finish();
        return splitter.Work;
    }

    private static IEnumerable<string> Cut(string text, int[] sizes)
    {
        for (int at = 0, i = 0; at < text.Length; at += sizes[i % sizes.Length], i++)
            yield return text.Substring(at, Math.Min(sizes[i % sizes.Length], text.Length - at));
    }
}
