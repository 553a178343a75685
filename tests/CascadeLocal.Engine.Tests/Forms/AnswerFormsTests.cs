using System.Text;

using CascadeLocal.Constraints;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;
using CascadeLocal.Engine.Forms;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

using Xunit;

using Dialect = CascadeLocal.Dialects.Dialect;

namespace CascadeLocal.Engine.Tests.Forms;

/// <summary>What a form leaves free, over a vocabulary of single bytes and one token that ends an answer.</summary>
public sealed class AnswerFormsTests
{
    private const int End = 256;

    private static readonly Vocabulary Bytes = new(
        new TokenPieces(End + 1, WriteByte, token => token == End), token => token == End);

    private static readonly GenerationRequest Number = new() { Constraint = new(OutputConstraintKind.Regex, "[0-9]+") };

    private static readonly GenerationRequest Call = new()
    {
        Tools = [new("ping", null, null) { IsStrict = true }],
        ToolChoice = new(ToolChoiceKind.Required),
    };

    [Theory]
    [InlineData("Hermes", "<|im_start|>assistant\n<think>\n", "Well.</think>\n\n7")]
    [InlineData("Hermes", "<|im_start|>assistant\n<think>\n", "Well.</think>7")]
    [InlineData("Mistral", "[/INST][THINK]", "Well.</think> or not.[/THINK]7")]
    [InlineData("Cohere", "<|CHATBOT_TOKEN|><|START_THINKING|>", "Well.<|END_THINKING|>7")]
    [InlineData("gpt-oss", "<|start|>assistant", "<|channel|>analysis<|message|>Well.<|end|><|start|>assistant<|channel|>final<|message|>7")]
    [InlineData("gpt-oss", "<|start|>assistant", "<|channel|>final<|message|>7")]
    [InlineData("gpt-oss", "<|start|>assistant<|channel|>final<|message|>", "7")]
    [InlineData("Hermes", "<|im_start|>assistant\n<think>\n\n</think>\n\n", "7")]
    public void A_form_holds_what_comes_after_the_reasoning(string dialect, string prompt, string answer)
    {
        Assert.True(Follows(dialect, Number, prompt, answer));
        Assert.False(Follows(dialect, Number, prompt, answer[..^1] + "x"));
    }

    [Theory]
    [InlineData("Hermes", "<|im_start|>assistant\n<think>\n", "Well. 7")]
    [InlineData("Hermes", "<|im_start|>assistant\n<think>\n\n</think>\n\n", "Well.</think>7")]
    [InlineData("gpt-oss", "<|start|>assistant", "7")]
    [InlineData("gpt-oss", "<|start|>assistant", "<|channel|>analysis<|message|>7")]
    public void An_answer_cannot_end_before_its_form_has_begun(string dialect, string prompt, string answer) =>
        Assert.False(Follows(dialect, Number, prompt, answer));

    [Theory]
    [InlineData("Hermes", "<think>\n", "So.</think>\n\n<tool_call>\n{\"name\": \"ping\", \"arguments\": {}}\n</tool_call>")]
    [InlineData("gpt-oss", "<|start|>assistant", "<|channel|>analysis<|message|>So.<|end|><|start|>assistant<|channel|>commentary to=functions.ping <|constrain|>json<|message|>{}")]
    [InlineData("gpt-oss", "<|start|>assistant", "<|channel|>commentary to=functions.ping <|constrain|>json<|message|>{}")]
    public void A_call_that_has_to_come_may_be_thought_about_first(string dialect, string prompt, string answer)
    {
        Assert.True(Follows(dialect, Call, prompt, answer));
        Assert.False(Follows(dialect, Call, prompt, answer.Replace("ping", "pong", StringComparison.Ordinal)));
        Assert.False(Follows(dialect, Call, prompt, answer[..answer.IndexOf("ping", StringComparison.Ordinal)]));
    }

    [Theory]
    [InlineData("Hermes", "assistant\n", "", "7", "<tool_call>\n{\"name\": \"ping\", \"arguments\": {}}\n</tool_call>")]
    [InlineData("Hermes", "<think>\n", "Well.</think>\n\n", "7", "<tool_call>\n{\"name\": \"ping\", \"arguments\": {}}\n</tool_call>")]
    [InlineData("Llama 3", "assistant\n", "", "7", "{\"name\": \"ping\", \"parameters\": {}}")]
    [InlineData("Mistral", "[/INST]", "", "7", "[TOOL_CALLS]ping[ARGS]{}")]
    [InlineData("gpt-oss", "<|start|>assistant", "<|channel|>analysis<|message|>So.<|end|><|start|>assistant", "<|channel|>final<|message|>7", "<|channel|>commentary to=functions.ping <|constrain|>json<|message|>{}")]
    public void Where_a_function_may_be_called_the_form_is_that_of_what_is_said(string dialect, string prompt, string before, string said, string call)
    {
        GenerationRequest request = Number with { Tools = Call.Tools };

        Assert.All([said, call], answer => Assert.True(Follows(dialect, request, prompt, before + answer)));
        Assert.False(Follows(dialect, request, prompt, before + said[..^1] + "x"));
        Assert.False(Follows(dialect, request, prompt, before + call.Replace("ping", "pong", StringComparison.Ordinal)));
        Assert.False(Follows(dialect, request, prompt, before + said + call));
        Assert.False(Follows(dialect, request with { ToolChoice = new(ToolChoiceKind.None) }, prompt, before + call));
    }

    [Fact]
    public void An_answer_that_has_begun_to_say_something_calls_nothing()
    {
        GenerationRequest request = Number with { Tools = Call.Tools };

        Assert.True(Follows("gpt-oss", request, "<|channel|>final<|message|>", "7"));
        Assert.False(Follows("gpt-oss", request, "<|channel|>final<|message|>", "<|channel|>commentary to=functions.ping <|constrain|>json<|message|>{}"));
        Assert.False(Follows("gpt-oss", request, "<|start|>assistant", "<|channel|>final<|message|>7<|channel|>commentary to=functions.ping <|constrain|>json<|message|>{}"));
    }

    [Fact]
    public void The_tool_whose_parameters_are_refused_is_named()
    {
        GenerationRequest request = Call with
        {
            Tools = [new("ping", null, """{"type":"object"}"""), new("pong", null, """{"type":"object","patternProperties":{"a":{}}}""")],
        };

        RequestRefusedException refused = Assert.Throws<RequestRefusedException>(() => Forms("Hermes").FormOf(request, "", TestContext.Current.CancellationToken));

        Assert.Equal("tools[1]", refused.Field);
    }

    [Theory]
    [InlineData("""{"type":"object"}""", "{\"patternProperties\":{\"a\":{}}}", "response_format")]
    [InlineData("""{"type":"object","patternProperties":{"a":{}}}""", "{\"type\":\"object\"}", "tools[0]")]
    public void Of_a_form_and_functions_the_one_that_is_refused_is_named(string parameters, string schema, string field)
    {
        GenerationRequest request = new()
        {
            Tools = [new("ping", null, parameters)],
            Constraint = new(OutputConstraintKind.JsonSchema, schema) { Field = "response_format" },
        };

        RequestRefusedException refused = Assert.Throws<RequestRefusedException>(() => Forms("Hermes").FormOf(request, "", TestContext.Current.CancellationToken));

        Assert.Equal(field, refused.Field);
    }

    [Fact]
    public void A_form_that_is_asked_for_again_is_not_compiled_for_another_beginning()
    {
        AnswerForms forms = Forms("Hermes");

        Assert.True(Follows(forms, Number, "<think>\n", "Well.</think>7"));
        Assert.True(Follows(forms, Number, "assistant\n", "7"));
        Assert.False(Follows(forms, Number, "assistant\n", "Well.</think>7"));
    }

    [Fact]
    public void A_form_that_takes_too_much_work_to_follow_is_refused_by_its_field()
    {
        TokenTrie trie = new(Bytes.Count, Bytes.Piece, Bytes.EndTokens);
        Action<ITokenFilter>[] asked = [filter => filter.Allows('7'), filter => _ = filter.Allowed.Length, filter => filter.Accept('7')];

        Assert.All(asked, ask =>
        {
            CompiledConstraint constraint = ConstraintCompiler.Compile(
                Number.Constraint!, ConstraintLimits.Default with { RuntimeSteps = 0 }, cancellationToken: TestContext.Current.CancellationToken);
            RequestRefusedException refusal = Assert.Throws<RequestRefusedException>(() => ask(new ConstraintFilter(new(constraint, trie), "response_format")));
            Assert.Equal("response_format", refusal.Field);
            Assert.Contains("0 steps", refusal.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_form_is_not_compiled_for_who_has_left()
    {
        CancellationToken left = new(canceled: true);

        Assert.ThrowsAny<OperationCanceledException>(() => Forms("Hermes").FormOf(Number, "assistant\n", left));
        Assert.ThrowsAny<OperationCanceledException>(() => Forms("Hermes").FormOf(Call, "<think>\n", left));
        Assert.ThrowsAny<OperationCanceledException>(() => Forms("gpt-oss").FormOf(Call, "<|start|>assistant", left));
    }

    private static AnswerForms Forms(string dialect) => new(Dialect.Find(dialect)!, reasons: true, Bytes);

    private static bool Follows(string dialect, GenerationRequest request, string prompt, string answer) =>
        Follows(Forms(dialect), request, prompt, answer);

    private static bool Follows(AnswerForms forms, GenerationRequest request, string prompt, string answer)
    {
        var filter = forms.FormOf(request, prompt, TestContext.Current.CancellationToken).Filter!;
        foreach (byte b in Encoding.UTF8.GetBytes(answer))
        {
            if (!filter.Allows(b))
                return false;
            filter.Accept(b);
        }

        return filter.Allows(End);
    }

    private static int WriteByte(int token, Span<byte> destination)
    {
        if (!destination.IsEmpty)
            destination[0] = (byte)token;
        return 1;
    }
}
