using System.Text.Json.Nodes;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Chat;

/// <summary>
/// Fields that would change the answer and are not served. An answer that quietly ignores such a field would be wrong. What one kind of
/// request serves is refused by those that do not, with the name that it has there.
/// </summary>
internal static class UnservedFields
{
    private const string NoTurn = "is not served: a turn of the role 'system' says it";
    private const string NoWrapper = "is not served: its fields go beside the others";

    private static readonly string[] Limits = ["max_tokens", "max_output_tokens"];
    private static readonly string[] Stops = ["stop", "stop_sequences"];
    private static readonly string[] Forms = ["response_format", "text", "output_config"];
    private static readonly string[] Questions = ["messages", "input", "prompt", "content"];

    public static IReadOnlyList<RequestField> All { get; } =
    [
        // OpenAI.
        RefusedField.But("modalities", new JsonArray("text")),
        RefusedField.Never("audio"),
        RefusedField.Never("web_search_options"),
        RefusedField.But("store", false),
        RefusedField.But("verbosity", "medium"),

        // Its Responses API, and completions.
        RefusedField.But("input", "", instead: Questions),
        RefusedField.But("prompt", "", instead: Questions),
        RefusedField.But("instructions", "", NoTurn, "system", "messages"),
        RefusedField.Never("max_output_tokens", instead: Limits),
        RefusedField.ButEmpty("reasoning", instead: ["reasoning_effort", "thinking"]),
        RefusedField.ButEmpty("text", instead: Forms),
        RefusedField.ButEmpty("include", instead: ["logprobs"]),
        RefusedField.Never("previous_response_id", instead: Questions),
        RefusedField.Never("conversation", instead: ["previous_response_id", .. Questions]),

        // Anthropic.
        RefusedField.But("system", "", NoTurn, "instructions", "messages"),
        RefusedField.ButEmpty("stop_sequences", instead: Stops),
        RefusedField.But("thinking", new JsonObject { ["type"] = "adaptive" }, instead: ["enable_thinking"]),
        RefusedField.ButEmpty("output_config", instead: Forms),
        RefusedField.ButEmpty("output_format", instead: Forms),
        RefusedField.ButEmpty("mcp_servers", instead: ["tools"]),

        // vLLM.
        RefusedField.But("best_of", 1, instead: ["n"]),
        RefusedField.But("use_beam_search", false),
        RefusedField.But("length_penalty", 1),
        RefusedField.But("include_stop_str_in_output", false),
        RefusedField.ButEmpty("bad_words", instead: ["logit_bias"]),
        RefusedField.ButEmpty("allowed_token_ids", instead: ["logit_bias"]),
        RefusedField.But("truncate_prompt_tokens", -1),
        RefusedField.But("prompt_logprobs", 0),
        RefusedField.But("echo", false, instead: ["continue_final_message"]),
        RefusedField.But("add_special_tokens", false),
        RefusedField.But("parse_special", false),
        RefusedField.ButEmpty("logits_processors"),
        RefusedField.Never("chat_template", "is the operator's to set (cascade.json), never a request's"),

        // llama-server, ollama, and what they take beside each other.
        RefusedField.But("n_predict", -1, instead: Limits),
        RefusedField.But("num_predict", -1, instead: Limits),
        RefusedField.But("n_probs", 0, instead: ["logprobs"]),
        RefusedField.But("typical_p", 1),
        RefusedField.But("top_a", 0),
        RefusedField.But("top_n_sigma", -1),
        RefusedField.But("mirostat", 0),
        RefusedField.But("dynatemp_range", 0),
        RefusedField.But("xtc_probability", 0),
        RefusedField.But("dry_multiplier", 0),
        RefusedField.But("repeat_last_n", -1, "is not served: penalties look at the whole text"),
        RefusedField.Never("samplers"),
        RefusedField.ButEmpty("lora"),
        RefusedField.ButEither("reasoning_format", "auto", "deepseek", "is not served: what is thought has its own place"),
        RefusedField.ButEmpty("options", NoWrapper),
        RefusedField.But("think", false, instead: ["enable_thinking", "thinking"]),

        // transformers, and clients that ask for what they have for others.
        RefusedField.Never("max_new_tokens", instead: Limits),
        RefusedField.Never("max_length", instead: Limits),
        RefusedField.ButEmpty("stopping_strings", instead: Stops),
        RefusedField.But("do_sample", true, instead: ["temperature"]),
        RefusedField.But("num_beams", 1),
        RefusedField.ButEmpty("extra_body", NoWrapper),
        RefusedField.ButEmpty("models", instead: ["model"]),
        RefusedField.ButEmpty("plugins", instead: ["tools"]),
    ];

    /// <summary>The names that a field of chats has in other requests.</summary>
    public static string[] Instead(string name) => name switch
    {
        "max_tokens" or "max_completion_tokens" => Limits,
        "stop" => Stops,
        "response_format" or "json_schema" or "guided_json" or "structured_outputs" or "format" => Forms,
        "messages" => Questions,
        "reasoning_effort" => ["reasoning", "output_config"],
        "enable_thinking" => ["thinking"],
        _ => [],
    };
}
