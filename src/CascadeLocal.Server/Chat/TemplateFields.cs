using System.Text.Json;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>Reads what a request has for the chat template. The template itself is the operator's and never a request's.</summary>
internal static class TemplateFields
{
    private const int MaxVariables = 64;

    /// <summary>How much shall be thought.</summary>
    public static Values<string> Efforts { get; } = Values.OneOf("none", "minimal", "low", "medium", "high", "xhigh");

    public static RequestField<Dictionary<string, JsonElement>> Variables { get; } = new(
        "chat_template_kwargs",
        new(
            $$$$"""{"type":"object","maxProperties":{{{{MaxVariables}}}},"propertyNames":{"not":{"enum":{{{{JsonSerializer.Serialize(ChatTemplateOptions.ReservedVariables)}}}} }}}""",
            ReadVariables),
        "Variables of the model's chat template.");

    public static RequestField<bool> EnableThinking { get; } = new("enable_thinking", Values.Boolean, "The template's variable of that name.");

    public static RequestField<string> ReasoningEffort { get; } =
        new("reasoning_effort", Efforts, "How much shall be thought: the template's variable of that name.");

    public static RequestField<JsonElement[]> Documents { get; } =
        new("documents", new("""{"type":"array","items":{"type":"object"}}""", ReadDocuments), "Documents for templates that take some.");

    public static RequestField<bool> AddGenerationPrompt { get; } =
        new("add_generation_prompt", Values.Boolean, "Whether the prompt ends with the header of the assistant's turn; not with continue_final_message.");

    public static RequestField<bool> ContinueFinalMessage { get; } =
        new("continue_final_message", Values.Boolean, "Whether the answer goes on where the last message ends.") { Default = false };

    public static IReadOnlyList<RequestField> All { get; } =
        [Variables, EnableThinking, ReasoningEffort, Documents, AddGenerationPrompt, ContinueFinalMessage];

    /// <param name="body">The request.</param>
    /// <param name="effort">How much shall be thought; null where it does not say.</param>
    /// <exception cref="JsonFieldException">A field is of the wrong type, or sets what is not the request's.</exception>
    public static ChatTemplateOptions Read(RequestBody body, string? effort)
    {
        if (effort is null && All.All(field => body[field].IsNull))
            return ChatTemplateOptions.None;
        bool? generation = body.Find(AddGenerationPrompt);
        bool continues = body.Get(ContinueFinalMessage);
        if (continues && generation == true)
            throw body[ContinueFinalMessage].Error("and add_generation_prompt cannot both be true: an answer goes on with a turn or begins one");
        return new()
        {
            Variables = ReadVariables(body, effort),
            Documents = body.Get(Documents) ?? [],
            AddsGenerationPrompt = generation ?? true,
            ContinuesFinalMessage = continues,
        };
    }

    private static Dictionary<string, JsonElement> ReadVariables(RequestBody body, string? effort)
    {
        Dictionary<string, JsonElement> variables = body.Get(Variables) ?? new(StringComparer.Ordinal);
        // Some templates know how much, some only whether.
        if (effort is not null)
        {
            variables.TryAdd("reasoning_effort", JsonSerializer.SerializeToElement(effort));
            variables.TryAdd("enable_thinking", JsonSerializer.SerializeToElement(effort != "none"));
        }

        // Of the two ways to say it the one beside the messages wins, as the more direct one.
        if (body.Find(EnableThinking) is { } thinking)
            variables["enable_thinking"] = JsonSerializer.SerializeToElement(thinking);
        return variables;
    }

    private static Dictionary<string, JsonElement> ReadVariables(JsonField field)
    {
        Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
        foreach ((string name, JsonField value) in field.Members())
        {
            if (ChatTemplateOptions.ReservedVariables.Contains(name))
                throw value.Error("is set from the request itself and cannot be given here");
            variables[name] = value.Element.Clone();
        }

        return variables.Count <= MaxVariables ? variables : throw field.Error($"may have at most {MaxVariables} variables");
    }

    private static JsonElement[] ReadDocuments(JsonField field) =>
    [
        .. field.Items().Select(item => item.Element.ValueKind == JsonValueKind.Object ? item.Element.Clone() : throw item.WrongType("an object")),
    ];
}
