using System.Text.Json;

using CascadeLocal.Engine.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>A model's templates: what is wrong with them is known at load, and what reaches them is what transformers passes on.</summary>
public sealed class ModelTemplatesTests
{
    private const string Turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

    [Theory]
    [InlineData(null, "The model m has no chat template.")]
    [InlineData("", "The model m has no chat template.")]
    [InlineData("a\n{% if %}", "The chat template of the model m cannot be used: line 2: ")]
    [InlineData("{{ messages | shorten }}", "The chat template of the model m cannot be used: line 1: No filter named 'shorten'.")]
    public void What_is_wrong_with_a_template_is_known_at_load_and_said_to_every_request(string? template, string problem)
    {
        ModelTemplates templates = Of(template);

        Assert.StartsWith(problem, templates.Problem, StringComparison.Ordinal);
        Assert.Equal(templates.Problem, Assert.Throws<ChatTemplateException>(() => Text(templates, Saying("hello"))).Message);
    }

    [Theory]
    [InlineData("\n\n{{ raise_exception('no') }}<|im_start|>", "The chat template of the model m cannot be used: line 3: no")]
    [InlineData("{{ messages[0].text.more }}", "The chat template of the model m cannot be used: line 1: ")]
    [InlineData("<|im_start|>", "The chat template of the model m leaves out what the user says.")]
    [InlineData("{{ documents[0].title }}{{ messages[0].content }}", "The chat template of the model m cannot be used: line 1: ")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", "The chat template of the model m cannot be used: line 1: ")]
    public void What_fails_on_one_short_message_is_known_at_load_too(string template, string problem) =>
        Assert.StartsWith(problem, Of(template).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_conversation_that_the_template_refuses_is_refused_with_line_and_reason()
    {
        ModelTemplates templates = Of(Turns + "\n{% if messages | length > 1 %}{{ raise_exception('Only one turn, please.') }}{% endif %}");

        Assert.Null(templates.Problem);
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => Text(templates, new() { Messages = [new("user", "a"), new("user", "b")] }));
        Assert.Equal("The chat template of the model m refuses the conversation: line 2: Only one turn, please.", error.Message);
    }

    [Fact]
    public void A_template_that_looks_through_all_turns_at_each_of_them_serves_long_conversations()
    {
        // As gpt-oss.
        const string Looks = "{% for m in messages %}{{ m.content }}{% for later in messages[loop.index:] %}{% if later.role == 'none' or later.role == 'nobody' %}!{% endif %}{% endfor %}{% endfor %}";
        ChatMessage[] turns = [.. Enumerable.Range(0, 2600).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", "a"))];

        Assert.Equal(new string('a', turns.Length), Text(Of(Looks), new() { Messages = turns }));
    }

    [Fact]
    public void The_template_for_tools_is_taken_where_there_are_tools()
    {
        ModelTemplates templates = new("m", new Dictionary<string, string>
        {
            ["default"] = "plain {{ messages[0].content }}",
            ["tool_use"] = "{{ tools | tojson }} {{ messages[0].content }}",
            ["rag"] = "{{ documents }}",
        }, new Dictionary<string, string>());

        Assert.Equal("plain hello", Text(templates, Saying("hello")));
        Assert.Equal(
            """[{"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {"type": "object", "b": 1.0}}}] hello""",
            Text(templates, Saying("hello") with { Tools = [new("add", "Adds.", """{"type":"object","b":1.0}""")] }));
    }

    [Fact]
    public void Calls_have_their_arguments_as_objects_and_an_empty_content_where_they_say_nothing()
    {
        ModelTemplates templates = Of(
            "{% for m in messages %}{{ m.role + ':' + m.content }}:{% for c in m.tool_calls or [] %}{{ c.id ~ c.type ~ c.function.name }}{% for k, v in c.function.arguments.items() %}{{ k ~ v }}{% endfor %}{% endfor %}{{ m.tool_call_id }}|{% endfor %}");
        ChatMessage call = new("assistant", "") { ToolCalls = [new("c1", "f", """{"x": 5}""")] };

        Assert.Equal(
            "assistant::c1functionfx5|tool:7:c1|",
            Text(templates, new() { Messages = [call, new("tool", "7") { ToolCallId = "c1" }] }));
    }

    [Theory]
    [InlineData("""{"\ud800": 1}""")]
    [InlineData("""{"a": {"\ud800": 1}}""")]
    [InlineData("""{"a": "\udc00"}""")]
    [InlineData("""{"a": """)]
    [InlineData("7")]
    public void Arguments_that_are_no_object_of_whole_characters_stay_the_text_that_the_model_wrote(string arguments)
    {
        ModelTemplates templates = Of("{{ messages[0].tool_calls[0].function.arguments }}");
        ChatMessage call = new("assistant", "") { ToolCalls = [new("c1", "f", arguments)] };

        Assert.Equal(arguments, Text(templates, new() { Messages = [call] }));
    }

    [Fact]
    public void Variables_documents_and_special_tokens_reach_it()
    {
        ModelTemplates templates = Of("{{ bos_token }}{{ enable_thinking }}{{ documents[0].title }}{{ tools is none }}{{ messages[0].content }}", bos: "<s>");
        using JsonDocument json = JsonDocument.Parse("""{"enable_thinking": false, "bos_token": "no", "document": {"title": "T"}}""");

        Assert.Equal("<s>FalseTTruehi", Text(templates, Saying("hi") with
        {
            Template = new()
            {
                Variables = new Dictionary<string, JsonElement>
                {
                    ["enable_thinking"] = json.RootElement.GetProperty("enable_thinking"),
                    ["bos_token"] = json.RootElement.GetProperty("bos_token"),
                },
                Documents = [json.RootElement.GetProperty("document")],
            },
        }));
    }

    [Theory]
    [InlineData("The answer is ", "[user]q[assistant]The answer is ")]
    [InlineData(" spaced", "[user]q[assistant] spaced")]
    public void The_last_turn_can_be_continued_or_left_without_a_header(string begun, string expected)
    {
        GenerationRequest request = new() { Messages = [new("user", "q"), new("assistant", begun)] };

        Assert.Equal(expected, Text(Of(Turns), request with { Template = new() { ContinuesFinalMessage = true } }));
        Assert.Equal(expected, Text(Of(Turns), request with { Template = new() { AddsGenerationPrompt = false } }));
    }

    [Theory]
    [InlineData("<")]
    [InlineData("en")]
    [InlineData("end\n")]
    public void What_the_template_writes_behind_the_last_turn_is_not_taken_for_its_end(string begun)
    {
        const string Ending = "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}\n<|end|>\n{% endfor %}";
        GenerationRequest request = new() { Messages = [new("user", "q"), new("assistant", begun)], Template = new() { ContinuesFinalMessage = true } };

        Assert.Equal($"<|user|>q\n<|end|>\n<|assistant|>{begun.Trim()}", Text(Of(Ending), request));
    }

    [Fact]
    public void A_turn_that_the_template_trims_is_continued_at_its_last_letter()
    {
        const string Trimming = "{% for m in messages %}[{{ m.role }}]{{ m.content | trim }}\n{% endfor %}";
        GenerationRequest request = new() { Messages = [new("user", "q"), new("assistant", " yes, ")], Template = new() { ContinuesFinalMessage = true } };

        Assert.Equal("[user]q\n[assistant]yes,", Text(Of(Trimming), request));
        Assert.Throws<ChatTemplateException>(() => Text(Of(Trimming), request with { Messages = [new("user", "q"), new("assistant", "  ")] }));
        Assert.Throws<ChatTemplateException>(() => Text(Of("{{ messages[0].content }}"), request));
    }

    private static GenerationRequest Saying(string text) => new() { Messages = [new("user", text)] };

    private static string Text(ModelTemplates templates, GenerationRequest request) =>
        templates.Render(request, TestContext.Current.CancellationToken).Text;

    private static ModelTemplates Of(string? template, string? bos = null) => new(
        "m", template is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["default"] = template },
        bos is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["bos_token"] = bos });
}
