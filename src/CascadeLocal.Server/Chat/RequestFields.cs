using System.Text.Json.Nodes;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// The fields that several kinds of requests have, and what becomes of every field that a request has: it is served, refused because it would
/// change the answer, or ignored because it would not. So nothing that a client asks for is dropped without a word.
/// </summary>
internal static class RequestFields
{
    private const int MaxIgnored = 64;

    public static RequestField<string> Model { get; } =
        new("model", Values.Text, "The member that answers, or cascade, which leaves it to the policy.") { Default = "cascade" };

    public static RequestField<bool> Stream { get; } =
        new("stream", Values.Boolean, "Whether the answer comes as server-sent events.") { Default = false };

    public static RequestField<CascadeControls> Cascade { get; } =
        new("cascade", ControlsParser.Values, "What is asked of the cascade itself: how good, how fast, whether another member may be asked.");

    public static RequestField<int?> MaxTokens { get; } =
        new("max_tokens", ChatRequestParser.TokenLimit, "The most tokens of the answer; -1 as if absent, which is up to the context, but 16 of a bare prompt.");

    public static RequestField<int?> MaxCompletionTokens { get; } =
        new("max_completion_tokens", ChatRequestParser.TokenLimit, "The same; wins over max_tokens.");

    public static RequestField<float> Temperature { get; } =
        new("temperature", SamplingValues.Temperature, "How freely tokens are drawn; 0 takes the likeliest.");

    public static RequestField<float> TopP { get; } =
        new("top_p", SamplingValues.TopP, "Draws from the likeliest tokens that together have this probability.");

    public static RequestField<int> TopK { get; } =
        new("top_k", SamplingValues.TopK, "Draws from so many of the likeliest tokens; 0 and -1 keep all.");

    public static RequestField<float> MinP { get; } =
        new("min_p", SamplingValues.MinP, "Draws from tokens at least this likely, as a share of the likeliest one.");

    public static RequestField<float> RepetitionPenalty { get; } =
        new("repetition_penalty", SamplingValues.RepetitionPenalty, "Divides the logits of tokens that were there before; 1 is off. vLLM's name.");

    public static RequestField<float> RepeatPenalty { get; } =
        new("repeat_penalty", SamplingValues.RepetitionPenalty, "The same by llama-server's name.");

    public static RequestField<float> FrequencyPenalty { get; } =
        new("frequency_penalty", SamplingValues.AdditivePenalty, "Taken from a token's logit for each time it was there.");

    public static RequestField<float> PresencePenalty { get; } =
        new("presence_penalty", SamplingValues.AdditivePenalty, "Taken from a token's logit once it was there.");

    public static RequestField<Dictionary<int, float>> LogitBias { get; } =
        new("logit_bias", ChatRequestParser.Bias, "Added to the logits of tokens, by their ids.");

    public static RequestField<long> Seed { get; } =
        new("seed", Values.Integer(long.MinValue, long.MaxValue), "Makes the draws the same again; absent: new ones every time.");

    public static RequestField<string[]> Stop { get; } =
        new("stop", ChatRequestParser.StopStrings, "Texts that end the answer and are no part of it.");

    public static RequestField<bool> IgnoreEndOfSequence { get; } =
        new("ignore_eos", Values.Boolean, "Whether the answer never ends of its own.") { Default = false };

    public static RequestField<bool> StreamOptions { get; } =
        new("stream_options", ChatRequestParser.UsageOptions, "Only with stream: include_usage ends it with the usage.");

    /// <summary>What the Responses API does not know, but can be asked of any answer.</summary>
    public static IReadOnlyList<RequestField> Extensions { get; } =
    [
        TopK, MinP, RepetitionPenalty, RepeatPenalty, FrequencyPenalty, PresencePenalty, LogitBias, Seed, Stop, OutputFields.StopTokenIds,
        IgnoreEndOfSequence,
    ];

    /// <summary>What chats and bare prompts may have.</summary>
    public static IReadOnlyList<RequestField> Common { get; } =
        [Model, MaxTokens, Temperature, TopP, .. Extensions, Stream, StreamOptions, Cascade, .. OutputFields.All];

    /// <summary>Of OpenAI, vLLM, llama-server and ollama: they change what a server keeps or counts, never an answer.</summary>
    private static readonly RequestField[] Ignored =
    [
        .. new[]
        {
            "user", "metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "request_id", "priority", "cache_salt",
            "return_token_ids", "return_tokens_as_token_ids", "include_reasoning", "kv_transfer_params", "cache_prompt", "id_slot", "return_progress",
            "timings_per_token", "post_sampling_probs", "keep_alive", "skip_special_tokens", "spaces_between_special_tokens",
        }.Select(RequestField.Ignored),
    ];

    /// <summary>
    /// Fields that would change the answer and are not served. An answer that quietly ignores such a field would be wrong.
    /// </summary>
    private static readonly RequestField[] Unserved =
    [
        // OpenAI.
        RefusedField.But("modalities", new JsonArray("text")),
        RefusedField.Never("audio"),
        RefusedField.Never("web_search_options"),
        RefusedField.But("store", false),
        RefusedField.But("verbosity", "medium"),

        // vLLM.
        RefusedField.But("best_of", 1),
        RefusedField.But("use_beam_search", false),
        RefusedField.But("length_penalty", 1),
        RefusedField.But("include_stop_str_in_output", false),
        RefusedField.ButEmpty("bad_words"),
        RefusedField.ButEmpty("allowed_token_ids"),
        RefusedField.But("truncate_prompt_tokens", -1),
        RefusedField.But("prompt_logprobs", 0),
        RefusedField.But("echo", false),
        RefusedField.But("add_special_tokens", false),
        RefusedField.ButEmpty("logits_processors"),
        RefusedField.Never("chat_template", "is the operator's to set (cascade.json), never a request's"),

        // llama-server.
        RefusedField.But("n_predict", -1, "is not served here; the field is max_tokens"),
        RefusedField.But("n_probs", 0),
        RefusedField.But("typical_p", 1),
        RefusedField.But("top_n_sigma", -1),
        RefusedField.But("mirostat", 0),
        RefusedField.But("dynatemp_range", 0),
        RefusedField.But("xtc_probability", 0),
        RefusedField.But("dry_multiplier", 0),
        RefusedField.But("repeat_last_n", -1),
        RefusedField.Never("samplers"),
        RefusedField.ButEmpty("lora"),
        RefusedField.But("reasoning_format", "none"),

        // ollama.
        RefusedField.ButEmpty("options"),
        RefusedField.But("think", false),
    ];

    /// <summary>Of chats.</summary>
    public static FieldTable Chat { get; } = new(WithOthers(
    [
        MessageParser.Messages, MaxCompletionTokens, .. Common, OutputFields.LogProbabilities, OutputFields.TopLogProbabilities,
        .. TemplateFields.All, .. ToolFields.All,
    ]));

    /// <summary>The fields of another kind of request for an answer.</summary>
    /// <param name="own">Those that it serves, refuses or ignores itself.</param>
    public static FieldTable Table(params RequestField[] own) =>
        new(WithOthers([.. own, .. Chat.Fields.Where(field => field.Use == FieldUse.Served).Select(field => RefusedField.Never(field.Name, "is for chats"))]));

    private static IEnumerable<RequestField> WithOthers(IEnumerable<RequestField> own) => own.Concat(Unserved).Concat(Ignored).DistinctBy(field => field.Name);

    /// <summary>Looks at the names of a request's fields.</summary>
    /// <param name="body">The request.</param>
    /// <returns>The names of those that are ignored.</returns>
    /// <exception cref="JsonFieldException">A field asks for something that is not served, or is a mistyped name of one that is.</exception>
    public static string[] Check(RequestBody body)
    {
        List<string> ignored = [];
        foreach ((string name, JsonField value) in body.Root.Members())
        {
            if (value.IsNull)
                continue;
            switch (body.Table.Find(name))
            {
                case RefusedField refused:
                    refused.Check(value);
                    break;
                case { Use: FieldUse.Served }:
                    break;
                case null when Meant(body.Table, name) is { } meant:
                    throw new JsonFieldException(value.Path, $"'{Excerpt.Of(value.Path)}' is not a known field; did you mean '{meant}'?");
                default:
                    ignored.Add(ignored.Count < MaxIgnored ? Excerpt.Of(name) : throw body.Root.Error($"has more than {MaxIgnored} fields that are not known"));
                    break;
            }
        }

        return [.. ignored];
    }

    /// <summary>The served field that was probably meant by a name that nobody knows.</summary>
    private static string? Meant(FieldTable table, string name) => NearestName.Find(
        name,
        table.Fields.Where(field => field.Use == FieldUse.Served).Select(field => field.Name),
        limit: name.Length switch { < 3 => 0, < 6 => 1, _ => 2 });
}
