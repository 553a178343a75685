using System.Text;
using System.Text.Json;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Templates;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// The chat templates of one model, parsed once and tried on one message. What is wrong with them is known when the model is loaded,
/// as far as it can be. Thread-safe.
/// </summary>
internal sealed class ModelTemplates
{
    private const string ToolUse = "tool_use";

    private readonly string _model;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly RenderOptions _options;
    private readonly ChatTemplate? _default;
    private readonly ChatTemplate? _toolUse;
    private readonly bool _knowsTools;

    /// <param name="model">The model's name, for messages.</param>
    /// <param name="sources">The templates by name, <c>default</c> and <c>tool_use</c> among them; others are never chosen.</param>
    /// <param name="specialTokens">Texts of the special tokens, by the names that templates know: <c>bos_token</c> and so on.</param>
    /// <param name="clock">The date that templates write; null for today's.</param>
    public ModelTemplates(
        string model, IReadOnlyDictionary<string, string> sources, IReadOnlyDictionary<string, string> specialTokens, TimeProvider? clock = null)
    {
        (_model, _specialTokens) = (model, specialTokens);
        _options = new RenderOptions { Clock = clock ?? TimeProvider.System };
        try
        {
            _default = Parse(sources, ModelMetadata.DefaultTemplate);
            _toolUse = Parse(sources, ToolUse);
            _knowsTools = sources.Any(source => source.Key is ModelMetadata.DefaultTemplate or ToolUse && source.Value.Contains("tool", StringComparison.Ordinal));
            Problem = _default is null ? $"The model {model} has no chat template." : Probe();
        }
        catch (TemplateException error)
        {
            Problem = $"The chat template of the model {model} cannot be used: {Describe(error)}";
        }
    }

    /// <summary>
    /// Why not even one short message can be rendered; null where it can. A template that needs more than that, documents say, may
    /// still serve who gives it.
    /// </summary>
    public string? Problem { get; }

    /// <summary>The prompt of a request's conversation.</summary>
    /// <exception cref="ChatTemplateException">There is no usable template, or it refuses the conversation; the message has line and reason.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public RenderedText Render(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        // As transformers chooses.
        ChatTemplate template = (request.Tools.Count > 0 ? _toolUse : null) ?? _default ?? throw new ChatTemplateException(Problem!);
        if (!_knowsTools)
            request = ToolsInWords.Write(request);
        try
        {
            RenderedText rendered = template.Render(TemplateVariables.Of(request, _specialTokens), _options, cancellationToken);
            return request.Template.ContinuesFinalMessage ? CutBehind(rendered, request.Messages[^1].Content) : rendered;
        }
        catch (TemplateException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string verb = error.Kind == TemplateErrorKind.Raised ? "refuses the conversation" : "fails on the conversation";
            throw new ChatTemplateException($"The chat template of the model {_model} {verb}: {Describe(error)}", error);
        }
    }

    private static ChatTemplate? Parse(IReadOnlyDictionary<string, string> sources, string name) =>
        sources.TryGetValue(name, out string? source) && source.Length > 0 ? ChatTemplate.Parse(source) : null;

    /// <summary>Tries one message, of which something has to be in the prompt.</summary>
    private string? Probe()
    {
        RenderedText rendered = _default!.Render(TemplateVariables.Of(new() { Messages = [new("user", "Hello")] }, _specialTokens), _options);
        return rendered.Parts.Any(part => part.Origin != TextOrigin.Template)
            ? null
            : $"The chat template of the model {_model} leaves out what the user says.";
    }

    /// <summary>
    /// The prompt up to the end of the last message, which is to be continued. Blanks at its end count only where the template keeps
    /// those around it, as in transformers.
    /// </summary>
    private RenderedText CutBehind(RenderedText rendered, string message)
    {
        string trimmed = message.Trim(), kept = message.TrimStart();
        int start = rendered.Text.LastIndexOf(trimmed, StringComparison.Ordinal);
        if (start < 0 || trimmed.Length == 0)
            throw new ChatTemplateException($"The last message cannot be continued: the chat template of the model {_model} does not write it as it is.");
        bool keepsBlanks = rendered.Text.AsSpan(start).StartsWith(kept, StringComparison.Ordinal);
        int end = start + (keepsBlanks ? kept : trimmed).Length;
        return new(
            rendered.Text[..end],
            [.. rendered.Parts.Where(part => part.Start < end).Select(part => part with { Length = Math.Min(part.Length, end - part.Start) })]);
    }

    private static string Describe(TemplateException error) => FormattableString.Invariant($"line {error.Line}: {error.Reason}");
}

/// <summary>
/// What a template sees of a request, as transformers passes it on. All that people or tools wrote is data; only roles and the texts
/// of special tokens count as the template's own.
/// </summary>
internal static class TemplateVariables
{
    public static Dictionary<string, Value> Of(GenerationRequest request, IReadOnlyDictionary<string, string> specialTokens)
    {
        Dictionary<string, Value> variables = new(StringComparer.Ordinal);
        foreach ((string name, JsonElement value) in request.Template.Variables)
            variables[name] = Value.FromJson(value);
        foreach ((string name, string text) in specialTokens)
            variables[name] = Value.Of(text);
        variables["messages"] = Value.List(request.Messages.Select(Message));
        variables["tools"] = request.Tools.Count > 0 ? Value.List(request.Tools.Select(Tool)) : Value.None;
        variables["documents"] = request.Template.Documents.Count > 0 ? Value.List(request.Template.Documents.Select(Value.FromJson)) : Value.None;
        variables["add_generation_prompt"] = Value.Of(request.Template is { AddsGenerationPrompt: true, ContinuesFinalMessage: false });
        return variables;
    }

    private static Value Message(ChatMessage message)
    {
        List<KeyValuePair<string, Value>> entries = [new("role", Value.Of(message.Role))];
        // A turn that only calls functions has no content, which templates ask for.
        if (message.ToolCalls.Count == 0 || message.Content.Length > 0)
            entries.Add(new("content", Value.Data(message.Content)));
        if (message.Reasoning is { } reasoning)
            entries.Add(new("reasoning_content", Value.Data(reasoning)));
        if (message.ToolCalls.Count > 0)
            entries.Add(new("tool_calls", Value.List(message.ToolCalls.Select(Call))));
        if (message.ToolCallId is { } id)
            entries.Add(new("tool_call_id", Value.Data(id)));
        return Value.Dict(entries);
    }

    private static Value Call(ToolCall call) => Value.Dict(
    [
        new("id", Value.Data(call.Id)),
        new("type", Value.Of("function")),
        new("function", Value.Dict([new("name", Value.Data(call.Name)), new("arguments", Arguments(call.Arguments))])),
    ]);

    /// <summary>The arguments as an object, which is what templates expect; as text where they are none.</summary>
    private static Value Arguments(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return Value.FromJson(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or TemplateException)
        {
            // The model wrote it.
        }

        return Value.Data(json);
    }

    private static Value Tool(ToolDefinition tool)
    {
        List<KeyValuePair<string, Value>> function = [new("name", Value.Data(tool.Name))];
        if (tool.Description is { } description)
            function.Add(new("description", Value.Data(description)));
        if (tool.Parameters is { } parameters)
        {
            using JsonDocument document = JsonDocument.Parse(parameters);
            function.Add(new("parameters", Value.FromJson(document.RootElement)));
        }

        return Value.Dict([new("type", Value.Of("function")), new("function", Value.Dict(function))]);
    }
}

/// <summary>
/// Functions for templates that know none: what may be called is said before the first question, calls are an assistant's words, and
/// their results a user's. The form is the one that <c>Dialect.Generic</c> reads.
/// </summary>
internal static class ToolsInWords
{
    /// <summary>The request without anything that such a template would leave out.</summary>
    public static GenerationRequest Write(GenerationRequest request)
    {
        if (request.Tools.Count == 0 && request.Messages.All(message => message.ToolCalls.Count == 0 && message.Role != "tool"))
            return request;
        Dictionary<string, string> called = new(StringComparer.Ordinal);
        List<ChatMessage> messages = [.. request.Messages.Select(message => Write(message, called))];
        if (request.Tools.Count > 0)
        {
            // Not in a system turn: some of these templates have no place for one.
            int first = Math.Max(0, messages.FindIndex(message => message.Role == "user"));
            messages[first] = messages[first] with { Content = $"{Describe(request)}\n\n{messages[first].Content}" };
        }

        return request with { Messages = messages, Tools = [] };
    }

    private static ChatMessage Write(ChatMessage message, Dictionary<string, string> called)
    {
        foreach (ToolCall call in message.ToolCalls)
            called[call.Id] = call.Name;
        if (message.Role == "tool")
            return new("user", $"Result of {called.GetValueOrDefault(message.ToolCallId ?? "", "the function")}: {message.Content}");
        return message.ToolCalls.Count == 0 ? message
            : new("assistant", string.Join('\n', [.. message.Content.Length > 0 ? new[] { message.Content } : [], Calls(message.ToolCalls)]));
    }

    private static string Calls(IReadOnlyList<ToolCall> calls) => calls.Count == 1
        ? $"{{\"tool_call\": {Call(calls[0])}}}"
        : $"{{\"tool_calls\": [{string.Join(", ", calls.Select(Call))}]}}";

    private static string Call(ToolCall call) => $"{{\"name\": {JsonSerializer.Serialize(call.Name)}, \"arguments\": {call.Arguments}}}";

    private static string Describe(GenerationRequest request)
    {
        StringBuilder text = new("These functions can be called:\n");
        foreach (ToolDefinition tool in request.Tools)
        {
            text.Append("- ").Append(tool.Name);
            if (tool.Description is { Length: > 0 } description)
                text.Append(": ").Append(description);
            text.Append("\n  arguments: ").Append(tool.Parameters ?? "none").Append('\n');
        }

        string need = request.ToolChoice is { Kind: ToolChoiceKind.Required } ? "Call one" : "If one of them is needed, call it";
        return text.Append(need).Append(" by answering with nothing but {\"tool_call\": {\"name\": ..., \"arguments\": {...}}}.").ToString();
    }
}
