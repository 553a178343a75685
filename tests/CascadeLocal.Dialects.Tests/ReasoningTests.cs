using Xunit;

namespace CascadeLocal.Dialects.Tests;

public sealed class ReasoningTests
{
    [Theory]
    [InlineData("<think>\nWhy?\n\nBecause.\n</think>\n\nYes.\n", "⟦Why?\n\nBecause.⟧Yes.\n")]
    [InlineData("\n<think>Why?</think>Yes.", "⟦Why?⟧Yes.")]
    [InlineData("<think>\n\n</think>\n\nYes.", "Yes.")]
    [InlineData("<think>Not done", "⟦Not done⟧")]
    [InlineData("<think>a </thin b <tool_call>", "⟦a </thin b <tool_call>⟧")]
    [InlineData("Yes. <think>No.</think>", "Yes. <think>No.</think>")]
    [InlineData("Yes.</think>", "Yes.</think>")]
    [InlineData("<thinking>", "<thinking>")]
    [InlineData("  <thin", "  <thin")]
    [InlineData("<think>Mistral writes [/THINK].</think>Yes.", "⟦Mistral writes [/THINK].⟧Yes.")]
    [InlineData("[THINK]a[/THINK]b", "⟦a⟧b")]
    [InlineData("<|START_THINKING|>a<|END_THINKING|>b", "⟦a⟧b")]
    [InlineData("<think>a</think>", "⟦a⟧")]
    [InlineData("<think>a</think>\n<think>b</think>", "⟦a⟧<think>b</think>")]
    [InlineData("""<think>a</think>\n<tool_call>{"name": "now", "arguments": {}}</tool_call>""", "⟦a⟧\\n«now {}»")]
    public void Reasoning_stands_at_the_beginning_between_its_markers(string raw, string shown) =>
        Assert.Equal(shown, Answers.Read(Dialect.Hermes, raw));

    [Theory]
    [InlineData("Why?\n</think>\n\nYes.", "⟦Why?⟧Yes.")]
    [InlineData("\n<think>\nWhy?</think>Yes.", "⟦Why?⟧Yes.")]
    [InlineData("a <think> b</think>Yes.", "⟦a <think> b⟧Yes.")]
    [InlineData("</think>Yes.", "Yes.")]
    [InlineData("[THINK]a</think>b[/THINK]Yes.", "⟦a</think>b⟧Yes.")]
    [InlineData("Why", "⟦Why⟧")]
    [InlineData("", "")]
    public void An_answer_may_begin_inside(string raw, string shown) =>
        Assert.Equal(shown, Answers.Read(Dialect.Hermes, raw, beginsInReasoning: true));

    [Fact]
    public void An_answer_of_gpt_oss_may_begin_inside() =>
        Assert.Equal("⟦a⟧b", Answers.Read(Dialect.GptOss, "a<|end|><|start|>assistant<|channel|>final<|message|>b", beginsInReasoning: true));

    [Fact]
    public void Reasoning_is_told_without_tools_too()
    {
        Assert.Equal("⟦a⟧b <tool_call>", Answers.Read(Dialect.Hermes, "<think>a</think>b <tool_call>", parsesTools: false));
        Assert.Equal("⟦a⟧b", Answers.Read(Dialect.GptOss, "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", parsesTools: false));
    }

    [Fact]
    public void A_prompt_that_ends_with_the_marker_has_opened_it()
    {
        Assert.True(Dialect.Hermes.OpensReasoning("<|im_start|>assistant\n<think>\n"));
        Assert.False(Dialect.Hermes.OpensReasoning("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
        Assert.True(Dialect.GptOss.OpensReasoning("<|start|>assistant<|channel|>analysis<|message|>"));
        Assert.False(Dialect.GptOss.OpensReasoning("<|start|>assistant"));
    }

    [Theory]
    [InlineData("{{ '<think>\\n' }}", true)]
    [InlineData("{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}", true)]
    [InlineData("{{ '[/THINK]' }}", true)]
    [InlineData("{{ '<|START_RESPONSE|>' }}", true)]
    [InlineData("{{ '<|END_RESPONSE|>' }}", false)]
    [InlineData("{{ '<|im_start|>' }}", false)]
    public void A_template_that_knows_either_end_of_reasoning_is_of_a_model_that_reasons(string template, bool reasons) =>
        Assert.Equal(reasons, Dialect.Cohere.Reasons(template));

    [Fact]
    public void Text_is_passed_on_as_soon_as_it_can_be_no_marker()
    {
        AnswerSplitter splitter = new(Dialect.Hermes, Answers.Tools, true, false);
        splitter.Append("Hello");
        Assert.Equal("Hello", Answers.Show(splitter.Drain()));
        splitter.Append(" a<tool");
        Assert.Equal(" a", Answers.Show(splitter.Drain()));
        splitter.Append("s");
        Assert.Equal("<tools", Answers.Show(splitter.Drain()));
        Assert.Empty(splitter.Drain());
    }

    [Fact]
    public void Nothing_is_appended_to_an_answer_that_has_ended()
    {
        AnswerSplitter splitter = new(Dialect.Hermes, Answers.Tools, true, false);
        splitter.Finish();
        splitter.Finish();
        Assert.Throws<InvalidOperationException>(() => splitter.Append("a"));
    }

    [Fact]
    public void Half_a_character_waits_for_its_other_half()
    {
        AnswerSplitter splitter = new(Dialect.Hermes, Answers.Tools, true, false);
        splitter.Append("a\ud83d");
        Assert.Equal("a", Answers.Show(splitter.Drain()));
        splitter.Append("\ude00");
        Assert.Equal("\ud83d\ude00", Answers.Show(splitter.Drain()));
    }
}
