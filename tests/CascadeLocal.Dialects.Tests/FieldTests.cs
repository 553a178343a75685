using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>Calls that a member elsewhere has told apart from its text.</summary>
public sealed class FieldTests
{
    private static readonly ToolDefinition[] Tools = [new("add", null, """{"type":"object"}""")];

    [Fact]
    public void The_fields_of_calls_are_what_came()
    {
        OutputPart[] parts = Read("Let me see.\uFDD0add\uFDD1c 1\uFDD2{\"a\": \"}\"}\uFDD3\uFDD0add\uFDD1\uFDD2no json\uFDD3");

        Assert.Equal(
            [
                new OutputPart.Content("Let me see."),
                new OutputPart.ToolCallBegin(0, "add", "c 1"), new OutputPart.ToolCallArguments(0, "{\"a\": \"}\"}"), new OutputPart.ToolCallEnd(0),
                new OutputPart.ToolCallBegin(1, "add", null), new OutputPart.ToolCallArguments(1, "no json"), new OutputPart.ToolCallEnd(1),
            ],
            parts);
    }

    [Fact]
    public void A_call_that_is_cut_keeps_what_has_come() =>
        Assert.Equal(
            [new OutputPart.ToolCallBegin(0, "add", "c"), new OutputPart.ToolCallArguments(0, "{\"a"), new OutputPart.ToolCallEnd(0)],
            Read("\uFDD0add\uFDD1c\uFDD2{\"a"));

    [Fact]
    public void A_call_that_came_without_arguments_has_none() =>
        Assert.Equal(
            [new OutputPart.ToolCallBegin(0, "add", "c"), new OutputPart.ToolCallArguments(0, "{}"), new OutputPart.ToolCallEnd(0)],
            Read("\uFDD0add\uFDD1c\uFDD2\uFDD3"));

    [Fact]
    public void A_call_of_another_function_is_a_call_too() =>
        Assert.Equal(
            [new OutputPart.ToolCallBegin(0, "sub", "c"), new OutputPart.ToolCallArguments(0, "{}"), new OutputPart.ToolCallEnd(0)],
            Read("\uFDD0sub\uFDD1c\uFDD2{}\uFDD3"));

    private static OutputPart[] Read(string text)
    {
        AnswerSplitter splitter = new(Dialect.Find(CallFields.Dialect)!, Tools, parsesTools: true, beginsInReasoning: false);
        splitter.Append(text);
        splitter.Finish();
        return [.. splitter.Drain()];
    }
}
