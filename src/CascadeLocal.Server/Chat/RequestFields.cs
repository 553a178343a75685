using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// All fields that a request may have, by name, and what becomes of them: served, refused because they would change the answer,
/// or ignored because they would not. So nothing that a client asks for is dropped without a word.
/// </summary>
internal static class RequestFields
{
    private const int MaxIgnored = 64;

    /// <summary>What any kind of request for an answer may have.</summary>
    public static IReadOnlyCollection<string> Common { get; } =
    [
        "model", "max_tokens", "temperature", "top_p", "top_k", "min_p", "repetition_penalty", "repeat_penalty", "frequency_penalty",
        "presence_penalty", "logit_bias", "seed", "stop", "ignore_eos", "stream", "stream_options", "cascade", .. OutputFields.Names,
    ];

    /// <summary>Read by <see cref="ChatRequestParser"/>.</summary>
    public static IReadOnlyCollection<string> Served { get; } =
        ["messages", "max_completion_tokens", .. Common, .. TemplateFields.Names, .. ToolFields.Names];

    /// <summary>Of OpenAI, vLLM, llama-server and ollama: they change what a server keeps or counts, never an answer.</summary>
    private static readonly HashSet<string> Ignored =
    [
        "user", "metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
        "request_id", "priority", "cache_salt", "return_token_ids", "return_tokens_as_token_ids", "include_reasoning", "kv_transfer_params",
        "cache_prompt", "id_slot", "return_progress", "timings_per_token", "post_sampling_probs", "keep_alive", "skip_special_tokens",
        "spaces_between_special_tokens",
    ];

    /// <summary>
    /// Fields that would change the answer and are not served, with the value that asks for what happens anyway. An answer that
    /// quietly ignores such a field would be wrong.
    /// </summary>
    private static readonly Dictionary<string, Func<JsonElement, bool>> Harmless = new()
    {
        // OpenAI.
        ["modalities"] = v => v.ValueKind == JsonValueKind.Array && v.GetArrayLength() == 1 && IsString(v[0], "text"),
        ["audio"] = Never,
        ["web_search_options"] = Never,
        ["store"] = v => v.ValueKind == JsonValueKind.False,
        ["verbosity"] = v => IsString(v, "medium"),

        // vLLM.
        ["best_of"] = v => IsNumber(v, 1),
        ["use_beam_search"] = v => v.ValueKind == JsonValueKind.False,
        ["length_penalty"] = v => IsNumber(v, 1),
        ["include_stop_str_in_output"] = v => v.ValueKind == JsonValueKind.False,
        ["bad_words"] = IsEmpty,
        ["allowed_token_ids"] = IsEmpty,
        ["truncate_prompt_tokens"] = v => IsNumber(v, -1),
        ["prompt_logprobs"] = v => IsNumber(v, 0),
        ["echo"] = v => v.ValueKind == JsonValueKind.False,
        ["add_special_tokens"] = v => v.ValueKind == JsonValueKind.False,
        ["logits_processors"] = IsEmpty,
        ["chat_template"] = Never,

        // llama-server.
        ["n_predict"] = v => IsNumber(v, -1),
        ["n_probs"] = v => IsNumber(v, 0),
        ["typical_p"] = v => IsNumber(v, 1),
        ["top_n_sigma"] = v => IsNumber(v, -1),
        ["mirostat"] = v => IsNumber(v, 0),
        ["dynatemp_range"] = v => IsNumber(v, 0),
        ["xtc_probability"] = v => IsNumber(v, 0),
        ["dry_multiplier"] = v => IsNumber(v, 0),
        ["repeat_last_n"] = v => IsNumber(v, -1),
        ["samplers"] = Never,
        ["lora"] = IsEmpty,
        ["reasoning_format"] = v => IsString(v, "none"),

        // ollama.
        ["options"] = IsEmpty,
        ["think"] = v => v.ValueKind == JsonValueKind.False,
    };

    public static IReadOnlyCollection<string> Unserved => Harmless.Keys;

    /// <summary>Looks at the names of a request's fields.</summary>
    /// <param name="root">The request.</param>
    /// <param name="served">Those that are read.</param>
    /// <returns>The names of those that are ignored.</returns>
    /// <exception cref="JsonFieldException">A field asks for something that is not served, or is a mistyped name of one that is.</exception>
    public static string[] Check(JsonField root, IReadOnlyCollection<string> served)
    {
        List<string> ignored = [];
        foreach ((string name, JsonField value) in root.Members())
        {
            if (served.Contains(name) || value.IsNull)
                continue;
            if (Harmless.TryGetValue(name, out Func<JsonElement, bool>? isHarmless))
            {
                if (!isHarmless(value.Element))
                    throw Refusal(name, value);
            }
            else if (Served.Contains(name))
            {
                throw value.Error("is for chats");
            }
            else if (!Ignored.Contains(name) && NearestName.Find(name, served, limit: name.Length switch { < 3 => 0, < 6 => 1, _ => 2 }) is { } meant)
            {
                throw new JsonFieldException(value.Path, $"'{Excerpt.Of(value.Path)}' is not a known field; did you mean '{meant}'?");
            }
            else if (ignored.Count < MaxIgnored)
            {
                ignored.Add(Excerpt.Of(name));
            }
            else
            {
                throw root.Error($"has more than {MaxIgnored} fields that are not known");
            }
        }

        return [.. ignored];
    }

    private static JsonFieldException Refusal(string name, JsonField value) => name switch
    {
        "chat_template" => value.Error("is the operator's to set (cascade.json), never a request's"),
        "n_predict" => value.Error("is not served here; the field is max_tokens"),
        _ => value.Error("is not served"),
    };

    private static bool Never(JsonElement value) => false;

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };

    private static bool IsString(JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double given) && given == number;
}
