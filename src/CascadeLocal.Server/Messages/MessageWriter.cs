using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Dialects;
using CascadeLocal.Server.Chat;

namespace CascadeLocal.Server.Messages;

/// <summary>Writes a whole answer's parts, and the events of a streamed one.</summary>
internal static class MessageWriter
{
    /// <summary>The event that begins a stream. What of the prompt is cached is not known yet, and nothing of the answer.</summary>
    public static void WriteStart(Utf8JsonWriter json, string id, string model, int promptTokens)
    {
        json.WriteStartObject();
        json.WriteString("type", "message_start");
        json.WriteStartObject("message");
        WriteIdentity(json, id, model);
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        json.WriteNull("stop_sequence");
        WriteUsage(json, promptTokens, 0, 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteIdentity(Utf8JsonWriter json, string id, string model)
    {
        json.WriteString("id", id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", model);
    }

    /// <summary>The tokens of the pass that was delivered.</summary>
    public static void WriteUsage(Utf8JsonWriter json, GenerationResult result) =>
        WriteUsage(json, result.PromptTokens - result.CachedTokens, result.CachedTokens, result.OutputTokens);

    private static void WriteUsage(Utf8JsonWriter json, int input, int cached, int output)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", input);
        json.WriteNumber("cache_creation_input_tokens", 0);
        json.WriteNumber("cache_read_input_tokens", cached);
        json.WriteNumber("output_tokens", output);
        json.WriteEndObject();
    }

    /// <summary>Why it ended, as properties of the object that is open.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="reason">Why it ended.</param>
    /// <param name="outcome">How it went.</param>
    /// <param name="calls">Whether it calls functions, all of them with whole arguments: others are not to be made.</param>
    public static void WriteStop(Utf8JsonWriter json, FinishReason reason, CascadeOutcome outcome, bool calls)
    {
        // A stop string may have cut a call, so that it comes first.
        string? stop = reason == FinishReason.Stop ? outcome.Passes[^1].Result.StopString : null;
        json.WriteString("stop_reason", reason switch
        {
            FinishReason.Length => "max_tokens",
            _ when stop is not null => "stop_sequence",
            _ => calls ? "tool_use" : "end_turn",
        });
        json.WriteString("stop_sequence", stop);
    }

    public static void WriteBlock(Utf8JsonWriter json, ContentBlock block)
    {
        json.WriteStartObject();
        switch (block.First)
        {
            case OutputPart.ToolCallBegin call:
                WriteCall(json, call, block.Id!);
                json.WritePropertyName("input");
                json.WriteRawValue(CallInput.Of(block.Text.ToString()));
                break;
            case OutputPart.Reasoning:
                WriteThinking(json, block.Text.ToString());
                break;
            default:
                WriteText(json, block.Text.ToString());
                break;
        }

        json.WriteEndObject();
    }

    public static void WriteBlockStart(Utf8JsonWriter json, int block, OutputPart first)
    {
        json.WriteStartObject();
        json.WriteString("type", "content_block_start");
        json.WriteNumber("index", block);
        json.WriteStartObject("content_block");
        switch (first)
        {
            case OutputPart.ToolCallBegin call:
                WriteCall(json, call, ContentBlock.IdOf(call));
                json.WriteStartObject("input");
                json.WriteEndObject();
                break;
            case OutputPart.Reasoning:
                WriteThinking(json, "");
                break;
            default:
                WriteText(json, "");
                break;
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteDelta(Utf8JsonWriter json, int block, string type, string property, ReadOnlySpan<char> text)
    {
        json.WriteStartObject();
        json.WriteString("type", "content_block_delta");
        json.WriteNumber("index", block);
        json.WriteStartObject("delta");
        json.WriteString("type", type);
        json.WriteString(property, text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The event that says how a stream's answer ended.</summary>
    /// <inheritdoc cref="WriteStop"/>
    public static void WriteEnd(Utf8JsonWriter json, FinishReason reason, CascadeOutcome outcome, bool calls)
    {
        json.WriteStartObject();
        json.WriteString("type", "message_delta");
        json.WriteStartObject("delta");
        WriteStop(json, reason, outcome, calls);
        json.WriteEndObject();
        WriteUsage(json, outcome.Passes[^1].Result);
        CascadeWriter.Write(json, outcome);
        json.WriteEndObject();
    }

    /// <summary>An event that only says that something is over.</summary>
    public static void WriteBare(Utf8JsonWriter json, string type, int? block = null)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        if (block is { } index)
            json.WriteNumber("index", index);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string text)
    {
        json.WriteString("type", "text");
        json.WriteString("text", text);
    }

    // Nobody signs it, but clients look for the field.
    private static void WriteThinking(Utf8JsonWriter json, string text)
    {
        json.WriteString("type", "thinking");
        json.WriteString("thinking", text);
        json.WriteString("signature", "");
    }

    private static void WriteCall(Utf8JsonWriter json, OutputPart.ToolCallBegin call, string id)
    {
        json.WriteString("type", "tool_use");
        json.WriteString("id", id);
        json.WriteString("name", call.Name);
    }
}

/// <summary>A block of a whole answer: text, thinking, or a call with its arguments.</summary>
/// <param name="First">The part that it begins with, by which its kind is told.</param>
/// <param name="Id">A call's id; null for anything else.</param>
/// <param name="Text">What it says.</param>
internal sealed record ContentBlock(OutputPart First, string? Id, StringBuilder Text)
{
    /// <summary>Whether it is a call whose arguments were cut or went wrong.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The blocks of an answer, in the order of its text; none where it is empty.</summary>
    public static IReadOnlyList<ContentBlock> AllOf(DeliveredAnswer answer, GenerationRequest request)
    {
        if (answer.Markup is not { } markup)
            return answer.Text.Length > 0 ? [new(new OutputPart.Content(answer.Text), null, new(answer.Text))] : [];
        AnswerSplitter splitter = AnswerParts.Splitter(markup, request);
        splitter.Append(answer.Text);
        splitter.Finish();
        List<ContentBlock> blocks = [];
        foreach (OutputPart part in splitter.Drain())
        {
            switch (part)
            {
                case OutputPart.ToolCallBegin call:
                    blocks.Add(new(call, IdOf(call), new()));
                    break;
                case OutputPart.ToolCallArguments arguments:
                    blocks[^1].Text.Append(arguments.TextDelta);
                    break;
                case OutputPart.ToolCallEnd end:
                    blocks[^1].IsBroken = !end.IsWhole;
                    break;
                case OutputPart.Content said:
                    Enter(said).Append(said.Text);
                    break;
                case OutputPart.Reasoning thought:
                    Enter(thought).Append(thought.Text);
                    break;
            }
        }

        return blocks;

        StringBuilder Enter(OutputPart part)
        {
            if (blocks.Count == 0 || blocks[^1].First.GetType() != part.GetType())
                blocks.Add(new(part, null, new()));
            return blocks[^1].Text;
        }
    }

    /// <summary>A call's id: the model's own, or a new one.</summary>
    public static string IdOf(OutputPart.ToolCallBegin call) => CallIds.Write(call.Id ?? AnswerParts.NewId());
}
