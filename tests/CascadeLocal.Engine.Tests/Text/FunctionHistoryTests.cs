using CascadeLocal.Engine.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>
/// Conversations with functions, through templates that want them in different ways. Each small template fails or leaves something out
/// for the same reason as published ones do.
/// </summary>
public sealed class FunctionHistoryTests
{
    private const string Call = "<{{ c.function.name }} {{ c.function.arguments | tojson }}>";

    /// <summary>As Qwen3 and QwQ: an operation on the content that needs a text.</summary>
    private const string NeedsText =
        "{{ tools | tojson }}{% for m in messages %}{{ '[' + m.role + ']' + m.content }}{% for c in m.tool_calls or [] %}" + Call + "{% endfor %}{% endfor %}";

    /// <summary>As DeepSeek-R1-Distill-Llama: calls count only beside none, and their arguments are joined to texts.</summary>
    private const string NeedsNoneAndTextArguments = """
        {{ tools | tojson }}{% for m in messages %}[{{ m.role }}]{% if m.content is none %}{% for c in m.tool_calls %}{{ '<' + c.function.name + ' ' + c.function.arguments + '>' }}{% endfor %}
        {%- else %}{{ '' + m.content }}{% endif %}{% endfor %}
        """;

    /// <summary>As DeepSeek-R1-Distill-Qwen: what is not none is a turn of its own, be it empty.</summary>
    private const string WritesEmptyTurns =
        "{{ tools | tojson }}{% for m in messages %}{% for c in m.tool_calls or [] %}[calls]" + Call + "{% endfor %}{% if m.content is not none %}{{ '[' + m.role + ']' + m.content }}{% endif %}{% endfor %}";

    /// <summary>As many that print what is there: none would be a word.</summary>
    private const string PrintsNone =
        "{{ tools | tojson }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% for c in m.tool_calls or [] %}" + Call + "{% endfor %}{% endfor %}";

    /// <summary>As the first templates of DeepSeek-R1 and V3: calls are written, and tools are only spoken of.</summary>
    private const string ShowsNoTools = """
        {% for m in messages %}[{{ m.role }}]{{ m.content }}{% for c in m.tool_calls or [] %}{{ '<｜tool▁calls▁begin｜>' + c.function.name }} {{ c.function.arguments | tojson }}{% endfor %}{% endfor %}
        """;

    /// <summary>As Phi-4-mini: tools of a system turn, not those of the request.</summary>
    private const string WantsToolsElsewhere =
        "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% if m.tools %}<|tool|>{{ m.tools }}{% endif %}{% endfor %}{{ '<|tool_call|>' if false }}";

    /// <summary>As LFM2: tools and results, and calls only as what the assistant says.</summary>
    private const string WritesNoCalls =
        "{{ 'List of tools: [' ~ tools | tojson }}{% for m in messages %}{{ '[' + m.role + ']' + m.content }}{% endfor %}";

    [Fact]
    public void Tools_that_a_template_only_speaks_of_are_told_in_words_and_calls_stay_its_own()
    {
        string text = Text(ShowsNoTools, OneCall);

        Assert.StartsWith("[user]These functions can be called:\n- weather: The weather of a city.\n", text, StringComparison.Ordinal);
        Assert.Contains("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>NAME<｜tool▁sep｜>{...}", text, StringComparison.Ordinal);
        Assert.EndsWith("Weather?[assistant]<｜tool▁calls▁begin｜>weather {\"city\": \"Rome\"}[tool]Sunny", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_calls_and_results_that_a_template_leaves_out_are_told_in_words_as_its_family_writes_them()
    {
        string text = Text(WantsToolsElsewhere, OneCall);

        Assert.StartsWith("[user]These functions can be called:\n- weather: The weather of a city.\n", text, StringComparison.Ordinal);
        Assert.EndsWith(
            """[assistant]<|tool_call|>[{"name": "weather", "arguments": {"city": "Rome"}}][user]Result of weather: Sunny""", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_alone_are_told_in_words_where_tools_and_results_have_a_place()
    {
        string text = Text(WritesNoCalls, OneCall);

        Assert.StartsWith("List of tools: [[{\"type\": \"function\"", text, StringComparison.Ordinal);
        Assert.EndsWith(
            """[user]Weather?[assistant]<|tool_call_start|>[{"name": "weather", "arguments": {"city": "Rome"}}]<|tool_call_end|>[tool]Sunny""",
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_refuses_every_trial_knows_functions_if_it_mentions_them()
    {
        const string Refuses = "{% if messages[0].content == 'Hello' and tools %}{{ raise_exception('no') }}{% endif %}{{ messages[0].content }}";

        Assert.Equal("Weather?", Text(Refuses, OneCall));
        Assert.StartsWith("These functions", Text(Refuses.Replace("tools", "documents is none", StringComparison.Ordinal), OneCall), StringComparison.Ordinal);
    }

    /// <summary>As Llama 3.1: one call in a turn, else an error.</summary>
    private const string RefusesSeveralCalls = """
        {{ tools | tojson }}{% for m in messages %}[{{ m.role }}]{% if m.tool_calls is defined and m.tool_calls | length != 1 %}{{ raise_exception('one call, please') }}{% endif %}
        """ + "{{ m.content }}{% for c in m.tool_calls or [] %}" + Call + "{% endfor %}{% endfor %}";

    /// <summary>As gpt-oss: the first call counts, the others are lost.</summary>
    private const string LosesFurtherCalls =
        "{{ tools | tojson }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% if m.tool_calls %}{% set c = m.tool_calls[0] %}" + Call + "{% endif %}{% endfor %}";

    /// <summary>As Gemma: no functions, and user and assistant in turn.</summary>
    private const string Alternates = """
        {% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('in turn, please') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}
        """;

    [Theory]
    [InlineData(RefusesSeveralCalls)]
    [InlineData(LosesFurtherCalls)]
    public void Several_calls_of_a_turn_become_turns_of_their_own_where_the_template_takes_one(string template) =>
        Assert.EndsWith(
            """[assistant]Both.<weather {"city": "Rome"}>[tool]Sunny[assistant]<weather {"city": "Oslo"}>[tool]Snow[user]Thanks""",
            Text(template, TwoCalls), StringComparison.Ordinal);

    [Fact]
    public void Several_calls_of_a_turn_stay_together_where_the_template_takes_them() =>
        Assert.EndsWith(
            """[assistant]Both.<weather {"city": "Rome"}><weather {"city": "Oslo"}>[tool]Snow[tool]Sunny[user]Thanks""",
            Text(NeedsText, TwoCalls), StringComparison.Ordinal);

    [Fact]
    public void A_result_of_no_call_stays_behind_those_of_the_calls() =>
        Assert.EndsWith(
            """[tool]Sunny[assistant]<weather {"city": "Oslo"}>[tool]Snow[tool]Fog[user]Thanks""",
            Text(LosesFurtherCalls, TwoCalls with { Messages = [.. TwoCalls.Messages.Take(2), new("tool", "Fog"), .. TwoCalls.Messages.Skip(2)] }),
            StringComparison.Ordinal);

    [Fact]
    public void Results_in_words_are_one_turn_with_what_the_user_says_next() =>
        Assert.EndsWith(
            "{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}]}[user]Result of weather: Snow\nResult of weather: Sunny\nThanks",
            Text(Alternates, TwoCalls), StringComparison.Ordinal);

    /// <summary>As gpt-oss: reasoning is what is called thinking, and not beside the text of a turn that calls.</summary>
    private const string ReadsThinking = """
        {{ tools | tojson }}{% for m in messages %}{% if m.tool_calls and m.content and m.thinking %}{{ raise_exception('one of both, please') }}{% endif %}
        """ + "[{{ m.role }}]{% if m.thinking %}({{ m.thinking }}){% endif %}{{ m.content }}{% for c in m.tool_calls or [] %}" + Call + "{% endfor %}{% endfor %}";

    /// <summary>As Cohere's newest: thinking anywhere.</summary>
    private const string ReadsThinkingAnywhere =
        "{{ tools | tojson }}{% for m in messages %}[{{ m.role }}]{% if m.thinking %}({{ m.thinking }}){% endif %}{{ m.content }}{% for c in m.tool_calls or [] %}" + Call + "{% endfor %}{% endfor %}";

    [Theory]
    [InlineData(ReadsThinking, "", "(Look it up.)")]
    [InlineData(ReadsThinking, "I look.", "I look.")]
    [InlineData(ReadsThinkingAnywhere, "", "(Look it up.)")]
    [InlineData(ReadsThinkingAnywhere, "I look.", "(Look it up.)I look.")]
    public void What_was_thought_before_a_call_is_there_under_both_names_where_the_template_takes_it(string template, string content, string written)
    {
        ChatMessage thought = OneCall.Messages[1] with { Content = content, Reasoning = "Look it up." };

        Assert.EndsWith(
            $$"""[assistant]{{written}}<weather {"city": "Rome"}>[tool]Sunny""",
            Text(template, OneCall with { Messages = [OneCall.Messages[0], thought, OneCall.Messages[2]] }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NeedsText, "[assistant]")]
    [InlineData(NeedsNoneAndTextArguments, "[assistant]")]
    [InlineData(WritesEmptyTurns, "[calls]")]
    [InlineData(PrintsNone, "[assistant]")]
    public void A_turn_that_only_calls_is_written_as_the_template_wants_it(string template, string header) =>
        Assert.EndsWith($$"""[user]Weather?{{header}}<weather {"city": "Rome"}>[tool]Sunny""", Text(template, OneCall), StringComparison.Ordinal);

    [Fact]
    public void A_turn_that_calls_and_says_something_keeps_what_it_says() =>
        Assert.EndsWith(
            """[assistant]I look.<weather {"city": "Rome"}>[tool]Sunny""",
            Text(NeedsText, OneCall with { Messages = [OneCall.Messages[0], OneCall.Messages[1] with { Content = "I look." }, OneCall.Messages[2]] }),
            StringComparison.Ordinal);

    [Fact]
    public void A_call_that_a_template_would_leave_out_beside_a_text_is_a_turn_behind_it() =>
        Assert.EndsWith(
            """[assistant]Both.[assistant]<weather {"city": "Rome"}><weather {"city": "Oslo"}>[tool]Snow[tool]Sunny[user]Thanks""",
            Text(NeedsNoneAndTextArguments, TwoCalls), StringComparison.Ordinal);

    [Fact]
    public void Each_of_two_templates_gets_what_it_wants_itself()
    {
        Dictionary<string, string> sources = new() { ["default"] = NeedsText, ["tool_use"] = NeedsNoneAndTextArguments };

        Assert.Contains("<weather {\"city\": \"Rome\"}>", Text(sources, OneCall), StringComparison.Ordinal);
        Assert.Contains("<weather {\"city\": \"Rome\"}>", Text(sources, OneCall with { Tools = [] }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_reaches_a_bound_in_a_trial_still_serves_plain_conversations()
    {
        const string Endless = "{{ messages[0].content }}{% if tools %}{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}{% endif %}";
        ModelTemplates templates = new("m", new Dictionary<string, string> { ["default"] = Endless }, new Dictionary<string, string>());

        Assert.Null(templates.Problem);
        Assert.Equal("Weather?", templates.Render(new() { Messages = [OneCall.Messages[0]] }, TestContext.Current.CancellationToken).Text);
    }

    private static GenerationRequest OneCall { get; } = new()
    {
        Tools = [new("weather", "The weather of a city.", """{"type": "object", "properties": {"city": {"type": "string"}}}""")],
        Messages =
        [
            new("user", "Weather?"),
            new("assistant", "") { ToolCalls = [new("c1", "weather", """{"city": "Rome"}""")] },
            new("tool", "Sunny") { ToolCallId = "c1" },
        ],
    };

    /// <summary>Two calls, whose results came in the other order, and what the user said then.</summary>
    private static GenerationRequest TwoCalls { get; } = OneCall with
    {
        Messages =
        [
            new("user", "Weather?"),
            new("assistant", "Both.") { ToolCalls = [new("c1", "weather", """{"city": "Rome"}"""), new("c2", "weather", """{"city": "Oslo"}""")] },
            new("tool", "Snow") { ToolCallId = "c2" },
            new("tool", "Sunny") { ToolCallId = "c1" },
            new("user", "Thanks"),
        ],
    };

    private static string Text(string template, GenerationRequest request) => Text(new Dictionary<string, string> { ["default"] = template }, request);

    private static string Text(Dictionary<string, string> sources, GenerationRequest request) =>
        new ModelTemplates("m", sources, new Dictionary<string, string>()).Render(request, TestContext.Current.CancellationToken).Text;
}
