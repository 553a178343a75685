using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>An answer taken apart: what is said, what was thought before it, and the functions that it calls.</summary>
/// <param name="Content">What is said.</param>
/// <param name="Reasoning">What was thought; null for nothing.</param>
/// <param name="Calls">The calls, in their order.</param>
/// <param name="ReasoningTokens">The tokens that what was thought is made of.</param>
public sealed record AnswerParts(string Content, string? Reasoning, IReadOnlyList<ToolCall> Calls, int ReasoningTokens)
{
    // Mistral's templates want nine letters and digits; everybody else takes anything.
    private const int IdLength = 9;

    /// <summary>Whether the arguments of all calls are complete.</summary>
    public bool HasWholeCalls { get; init; } = true;

    /// <summary>The parts of a whole answer.</summary>
    /// <param name="text">All of its text.</param>
    /// <param name="markup">How calls and reasoning stand in it; null where it is plain text.</param>
    /// <param name="tokenEnds">Where the text of each of its tokens ends.</param>
    /// <param name="request">What it answers.</param>
    public static AnswerParts Of(string text, AnswerMarkup? markup, IReadOnlyList<int> tokenEnds, GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (markup is null)
            return new(text, null, [], 0);
        AnswerSplitter splitter = Splitter(markup, request);
        splitter.Append(text);
        splitter.Finish();
        StringBuilder content = new(), reasoning = new();
        List<(string Id, string Name, StringBuilder Arguments)> calls = [];
        bool isWhole = true;
        foreach (OutputPart part in splitter.Drain())
        {
            switch (part)
            {
                case OutputPart.Content said:
                    content.Append(said.Text);
                    break;
                case OutputPart.Reasoning thought:
                    reasoning.Append(thought.Text);
                    break;
                case OutputPart.ToolCallBegin call:
                    calls.Add((call.Id ?? NewId(), call.Name, new()));
                    break;
                case OutputPart.ToolCallArguments arguments:
                    calls[arguments.Index].Arguments.Append(arguments.TextDelta);
                    break;
                case OutputPart.ToolCallEnd end:
                    isWhole &= end.IsWhole;
                    break;
            }
        }

        return new(
            content.ToString(), reasoning.Length > 0 ? reasoning.ToString() : null,
            [.. calls.Select(call => new ToolCall(call.Id, call.Name, call.Arguments.ToString()))], CountReasoning(splitter, tokenEnds))
        {
            HasWholeCalls = isWhole,
        };
    }

    /// <summary>How many tokens of an answer are reasoning, or partly so.</summary>
    /// <param name="splitter">What has taken all of it apart; null where it had nothing to.</param>
    /// <param name="tokenEnds">Where the text of each token of it ends.</param>
    public static int CountReasoning(AnswerSplitter? splitter, IReadOnlyList<int> tokenEnds)
    {
        ArgumentNullException.ThrowIfNull(tokenEnds);
        if (splitter is not { Thoughts: { Count: > 0 } thoughts })
            return 0;
        int count = 0, thought = 0, start = 0;
        foreach (int end in tokenEnds)
        {
            while (thought < thoughts.Count && thoughts[thought].End.Value <= start)
                thought++;
            // A token without text is a part of the character that comes next.
            if (thought < thoughts.Count && thoughts[thought].Start.Value < Math.Max(end, start + 1))
                count++;
            start = end;
        }

        return count;
    }

    /// <summary>Takes one answer of a request apart while it comes.</summary>
    public static AnswerSplitter Splitter(AnswerMarkup markup, GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(markup);
        ArgumentNullException.ThrowIfNull(request);
        // A member elsewhere holds its answers to nothing that is known here.
        bool isHeldToCalls = request.ToolChoice.Kind == ToolChoiceKind.Required && markup.Dialect != CallFields.Dialect;
        return new(
            Dialect.Find(markup.Dialect) ?? Dialect.Generic, request.Tools, request.ToolChoice.Kind != ToolChoiceKind.None,
            markup.BeginsInReasoning, isHeldToCalls, request.ParallelToolCalls);
    }

    /// <summary>An id for a call to which the model gave none.</summary>
    public static string NewId() => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", IdLength);
}
