using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>How calls are written, for constrained decoding and for a history in words. In the texts, <c>NAME</c> is the function.</summary>
/// <param name="Before">Before the first call where there may be several.</param>
/// <param name="CallBefore">Before the arguments of a call.</param>
/// <param name="CallAfter">After the arguments of a call.</param>
/// <param name="Between">Between two calls; null where there is never a second one.</param>
/// <param name="After">After the last call where there may be several.</param>
internal sealed record CallWriting(string Before, string CallBefore, string CallAfter, string? Between, string After)
{
    private const string Name = "NAME";

    /// <summary>What a single call is written as, where that is not a list of one.</summary>
    internal CallWriting? Single { get; init; }

    /// <summary>Markers that stand in these texts only.</summary>
    internal IReadOnlyList<string> Markers { get; init; } = [];

    internal FormatPart Format(IReadOnlyList<ToolDefinition> tools, bool isParallel)
    {
        if (!isParallel && Single is { } single)
            return single.Format(tools, false);
        FormatPart first = Calls(tools, Before, isParallel ? "" : After);
        return isParallel && Between is not null
            ? new FormatPart.Sequence([first, new FormatPart.Repeat(Calls(tools, Between, ""), 0, null), .. Literal(After)])
            : first;
    }

    internal string Write(IReadOnlyList<ToolCall> calls) => calls.Count == 1 && Single is { } single
        ? single.Write(calls)
        : Before + string.Join(Between ?? "\n", calls.Select(call => NamedAs(call.Name) + call.Arguments + CallAfter)) + After;

    private FormatPart Calls(IReadOnlyList<ToolDefinition> tools, string before, string after)
    {
        FormatPart[] calls = [.. tools.Select(tool => Call(tool, before, after))];
        return calls.Length == 1 ? calls[0] : new FormatPart.OneOf(calls);
    }

    private FormatPart.Sequence Call(ToolDefinition tool, string before, string after) => new(
    [
        new FormatPart.Literal(before + NamedAs(tool.Name)),
        new FormatPart.Schema(ToolTable.SchemaOf(tool)),
        .. Literal(CallAfter + after),
    ]);

    private string NamedAs(string function) => CallBefore.Replace(Name, JsonEncodedText.Encode(function).ToString(), StringComparison.Ordinal);

    private static IEnumerable<FormatPart> Literal(string text) => text.Length == 0 ? [] : [new FormatPart.Literal(text)];
}
