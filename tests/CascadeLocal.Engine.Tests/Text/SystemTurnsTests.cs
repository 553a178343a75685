using CascadeLocal.Engine.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>System turns through templates that take fewer of them than a conversation has.</summary>
public sealed class SystemTurnsTests
{
    private const string Turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}";

    /// <summary>As Gemma 2: no system turn, and user and assistant in turn.</summary>
    private const string TakesNone =
        "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('in turn, please') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}";

    /// <summary>As Qwen3.5: only at the very beginning.</summary>
    private const string TakesTheFirst =
        "{% for m in messages %}{% if m.role == 'system' and not loop.first %}{{ raise_exception('at the beginning, please') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}";

    /// <summary>As gpt-oss: others are left out without a word.</summary>
    private const string WritesTheFirst =
        "{% for m in messages %}{% if m.role != 'system' or loop.first %}[{{ m.role }}]{{ m.content }}{% endif %}{% endfor %}";

    private static readonly ChatMessage[] Conversation =
    [
        new("system", "A"), new("system", "B"), new("user", "1"), new("assistant", "2"), new("system", "C"), new("user", "3"),
    ];

    [Theory]
    [InlineData(Turns, "[system]A[system]B[user]1[assistant]2[system]C[user]3")]
    [InlineData(TakesNone, "[user]A\n\nB\n\n1[assistant]2[user]C\n\n3")]
    [InlineData(TakesTheFirst, "[system]A\n\nB[user]1[assistant]2[user]C\n\n3")]
    [InlineData(WritesTheFirst, "[system]A\n\nB[user]1[assistant]2[user]C\n\n3")]
    public void What_has_no_place_of_its_own_is_said_by_the_first_or_by_the_user(string template, string prompt) =>
        Assert.Equal(prompt, Text(template, Conversation));

    /// <summary>As the distillates of DeepSeek-R1: the last one is written at the beginning.</summary>
    [Theory]
    [InlineData("", "A[user]1[assistant]2[user]3")]
    [InlineData("B", "B[user]1[assistant]2[user]A\n\n3")]
    public void One_alone_stays_where_the_template_takes_it_so(string before, string prompt)
    {
        const string TakesOne = """
            {% set ns = namespace(rule='') %}{% for m in messages if m.role == 'system' %}{% set ns.rule = m.content %}{% endfor %}{{ ns.rule }}
            {%- for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}
            """;
        ChatMessage[] turns = [new("user", "1"), new("assistant", "2"), new("system", "A"), new("user", "3")];

        Assert.Equal(prompt, Text(TakesOne, before.Length > 0 ? [new("system", before), .. turns] : turns));
    }

    [Fact]
    public void Before_the_assistant_or_the_end_it_stands_behind_what_the_user_said()
    {
        Assert.Equal("[user]1\n\nA[assistant]2[user]3\n\nB", Text(TakesNone, [new("user", "1"), new("system", "A"), new("assistant", "2"), new("user", "3"), new("system", "B")]));
        Assert.Equal("[user]A", Text(TakesNone, [new("system", ""), new("system", "A")]));
    }

    [Fact]
    public void A_call_and_its_result_stay_together()
    {
        ChatMessage call = new("assistant", "") { ToolCalls = [new("c1", "f", "{}")] };

        Assert.EndsWith(
            "[user]Result of f: 7\nA\n\n2", Text(TakesNone, [new("user", "1"), call, new("system", "A"), new("tool", "7") { ToolCallId = "c1" }, new("user", "2")]),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_turn_can_be_continued_behind_them()
    {
        GenerationRequest request = new() { Messages = [new("system", "A"), new("user", "1"), new("assistant", "2")], Template = new() { ContinuesFinalMessage = true } };

        Assert.Equal("[user]A\n\n1[assistant]2", Text(TakesNone + "<end>", request));
    }

    private static string Text(string template, ChatMessage[] messages) => Text(template, new GenerationRequest { Messages = messages });

    private static string Text(string template, GenerationRequest request) =>
        new ModelTemplates("m", new Dictionary<string, string> { ["default"] = template }, new Dictionary<string, string>())
            .Render(request, TestContext.Current.CancellationToken).Text;
}
