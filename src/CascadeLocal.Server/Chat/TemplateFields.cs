using System.Text.Json;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>Reads what a request has for the chat template. The template itself is the operator's and never a request's.</summary>
internal static class TemplateFields
{
    private const int MaxVariables = 64;

    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    public static IReadOnlyCollection<string> Names { get; } =
        ["chat_template_kwargs", "enable_thinking", "reasoning_effort", "documents", "add_generation_prompt", "continue_final_message"];

    /// <exception cref="JsonFieldException">A field is of the wrong type, or sets what is not the request's.</exception>
    public static ChatTemplateOptions Read(JsonField root) => Read(root, root.Member("reasoning_effort"));

    /// <summary>Of a request that has its effort elsewhere.</summary>
    public static ChatTemplateOptions Read(JsonField root, JsonField effort)
    {
        if (effort.IsNull && Names.All(name => root.Member(name).IsNull))
            return ChatTemplateOptions.None;
        JsonField generation = root.Member("add_generation_prompt"), continuation = root.Member("continue_final_message");
        bool continues = !continuation.IsNull && continuation.Boolean();
        if (continues && !generation.IsNull && generation.Boolean())
            throw continuation.Error("and add_generation_prompt cannot both be true: an answer goes on with a turn or begins one");
        return new()
        {
            Variables = ReadVariables(root.Member("chat_template_kwargs"), root.Member("enable_thinking"), effort),
            Documents = ReadDocuments(root.Member("documents")),
            AddsGenerationPrompt = generation.IsNull || generation.Boolean(),
            ContinuesFinalMessage = continues,
        };
    }

    private static Dictionary<string, JsonElement> ReadVariables(JsonField field, JsonField enableThinking, JsonField effort)
    {
        Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
        if (!field.IsNull)
        {
            foreach ((string name, JsonField value) in field.Members())
            {
                if (ChatTemplateOptions.ReservedVariables.Contains(name))
                    throw value.Error("is set from the request itself and cannot be given here");
                variables[name] = value.Element.Clone();
            }
        }

        // Some templates know how much, some only whether.
        if (!effort.IsNull)
        {
            if (!Efforts.Contains(effort.String()))
                throw effort.Error("must be none, minimal, low, medium, high or xhigh");
            variables.TryAdd("reasoning_effort", effort.Element.Clone());
            variables.TryAdd("enable_thinking", JsonSerializer.SerializeToElement(effort.String() != "none"));
        }

        // Of the two ways to say it the one beside the messages wins, as the more direct one.
        if (!enableThinking.IsNull)
        {
            _ = enableThinking.Boolean();
            variables["enable_thinking"] = enableThinking.Element.Clone();
        }

        return variables.Count <= MaxVariables ? variables : throw field.Error($"may have at most {MaxVariables} variables");
    }

    private static JsonElement[] ReadDocuments(JsonField field) => field.IsNull ? [] :
    [
        .. field.Items().Select(item => item.Element.ValueKind == JsonValueKind.Object ? item.Element.Clone() : throw item.WrongType("an object")),
    ];
}
