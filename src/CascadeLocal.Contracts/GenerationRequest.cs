using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CascadeLocal.Contracts;

/// <summary>
/// One request, from the parser to the member that answers it: nobody on the way copies it into a record of its own. Immutable; a
/// part that changes something for those behind it uses <c>with</c>.
/// </summary>
public sealed record GenerationRequest
{
    /// <summary>Names the request in answers, logs and metrics.</summary>
    public string Id { get; init; } = "";

    /// <summary>The member that shall answer; null for whoever is good enough.</summary>
    public string? Member { get; init; }

    /// <summary>The turns so far. Empty where a prompt is given.</summary>
    public IReadOnlyList<ChatMessage> Messages { get; init; } = [];

    /// <summary>A text that is continued as it is, without a template; null where there are <see cref="Messages"/> or tokens.</summary>
    public string? PromptText { get; init; }

    /// <summary>Whether texts of control tokens in <see cref="PromptText"/> are these tokens; else they are text.</summary>
    public bool ReadsControlTokens { get; init; }

    /// <summary>Whether BOS comes before <see cref="PromptText"/>, where the model wants it.</summary>
    public bool AddsBeginning { get; init; } = true;

    /// <summary>Token ids of a prompt that is continued as it is, without a template. Empty where there is something else to continue.</summary>
    public ReadOnlyMemory<int> Prompt { get; init; }

    /// <summary>What the chat template gets beside the turns.</summary>
    public ChatTemplateOptions Template { get; init; } = ChatTemplateOptions.None;

    /// <summary>Functions that the answer may call.</summary>
    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>Whether it has to call one of <see cref="Tools"/>.</summary>
    public ToolChoice ToolChoice { get; init; } = ToolChoice.Auto;

    /// <summary>Whether the answer can be nothing but calls.</summary>
    public bool MustCall => Tools.Count > 0 && ToolChoice.Kind == ToolChoiceKind.Required;

    /// <summary>Whether it may call several of them at once.</summary>
    public bool ParallelToolCalls { get; init; } = true;

    /// <summary>What form the answer must have; null for any.</summary>
    public OutputConstraint? Constraint { get; init; }

    /// <summary>What it wants of the answer beside text, as far as labels tell such requests apart.</summary>
    public RequestKind Kind => Tools.Count > 0 && ToolChoice.Kind != ToolChoiceKind.None ? RequestKind.Tools
        : Constraint is not null ? RequestKind.Schema
        : RequestKind.Plain;

    /// <summary>The most tokens of the answer; null is up to the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The sampling that was asked for; what is null is the member's own.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Added to the logits of single tokens, by token id; -100 or less bans a token, as OpenAI's API has it.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = NoBias;

    /// <summary>Makes the draws repeatable; null takes a new seed every time.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Strings that end the answer and are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Token ids that end the answer as the model's own end tokens do, and are not part of its text.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>The answer does not end of its own before it has this many tokens.</summary>
    public int MinTokens { get; init; }

    /// <summary>Never take an end-of-generation token.</summary>
    public bool IgnoreEndOfSequence { get; init; }

    /// <summary>Answers that are wanted side by side, at least 1. A member is asked for each of them by a request of its own.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>The candidates that are wanted with every token beside itself, 0 to 20; null for no log-probabilities at all.</summary>
    public int? TopCandidates { get; init; }

    /// <summary>
    /// Token ids of an answer to the same conversation by a model of equal vocabulary. As far as it is what the member says itself,
    /// its tokens are verified many at a time and not decoded one by one; the answer is the same as without. A guess, so nothing in
    /// it is an error. What became of it is in <see cref="GenerationResult.Draft"/>.
    /// </summary>
    public ReadOnlyMemory<int> Draft { get; init; }

    /// <summary>
    /// What the answer is likely to be, in words. A member in this process takes it as the <see cref="Draft"/> where it has none;
    /// elsewhere it is left out, since it changes no answer.
    /// </summary>
    public string? Prediction { get; init; }

    /// <summary>Whose request it is: conversations and cached prefixes are shared only among requests of equal salt.</summary>
    public string CacheSalt { get; init; } = "";

    /// <summary>What tells requests of one owner apart that shall not share either; empty for all that do.</summary>
    public string CachePartition { get; init; } = "";

    /// <summary>Equal for the requests that share conversations and cached prefixes with this one.</summary>
    public string PrefixSalt => CachePartition.Length == 0 ? CacheSalt : $"{CacheSalt}\n{CachePartition}";

    /// <summary>
    /// The most of its prompt that counts as taken from the cache: what was evaluated ahead for this very request is none of that. Null for
    /// no limit.
    /// </summary>
    public int? CachedAtMost { get; init; }

    /// <summary>Who goes first where not all can be served.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>What is asked of the cascade itself.</summary>
    public CascadeControls Controls { get; init; } = CascadeControls.None;

    /// <summary>
    /// Whether text is shown as it comes. Where not, it is kept to the end, and another member can answer after a failure at any time.
    /// </summary>
    public bool Streams { get; init; }

    /// <summary>When it came, as <see cref="Stopwatch.GetTimestamp"/>: its budget runs from then on.</summary>
    public long ReceivedAt { get; init; } = Stopwatch.GetTimestamp();

    /// <summary>What is left of its budget; null where it has none. Never below zero.</summary>
    public TimeSpan? TimeLeft => Controls.Budget is not { } budget ? null
        : budget - Stopwatch.GetElapsedTime(ReceivedAt) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>When it was let in, as <see cref="Stopwatch.GetTimestamp"/>; 0 before.</summary>
    public long AdmittedAt { get; init; }

    /// <summary>When the member that was decided on had a place for it, likewise; 0 where it did not have to wait for one.</summary>
    public long PlacedAt { get; init; }

    /// <summary>Where in a trace it stands, which a member elsewhere is told; null for nowhere.</summary>
    public TraceContext? Trace { get; init; }

    private static readonly Dictionary<int, float> NoBias = [];
}

/// <summary>A place in a trace, as W3C's headers of the same names say it.</summary>
/// <param name="Parent">The trace and the span in it (<c>traceparent</c>).</param>
/// <param name="State">What the systems on the way say of it (<c>tracestate</c>); null for nothing.</param>
public sealed record TraceContext(string Parent, string? State = null);

/// <summary>What a chat template gets beside the turns of a conversation, named as in transformers.</summary>
public sealed record ChatTemplateOptions
{
    private static readonly Dictionary<string, JsonElement> NoVariables = [];

    /// <summary>The variables that a template gets from the request and the model themselves, and that <see cref="Variables"/> cannot set.</summary>
    public static IReadOnlySet<string> ReservedVariables { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "messages", "tools", "documents", "add_generation_prompt", "continue_final_message",
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    };

    /// <summary>Nothing beside the turns; the prompt ends with the header of the assistant's turn.</summary>
    public static ChatTemplateOptions None { get; } = new();

    /// <summary>Variables of the template by name, such as <c>enable_thinking</c> (<c>chat_template_kwargs</c>).</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = NoVariables;

    /// <summary>Texts that the answer shall be based on, each an object (<c>documents</c>).</summary>
    public IReadOnlyList<JsonElement> Documents { get; init; } = [];

    /// <summary>Whether the prompt ends with the header of the assistant's turn (<c>add_generation_prompt</c>).</summary>
    public bool AddsGenerationPrompt { get; init; } = true;

    /// <summary>Whether the answer goes on where the last turn ends, as if the model had begun it (<c>continue_final_message</c>).</summary>
    public bool ContinuesFinalMessage { get; init; }

    /// <summary>Whether the prompt is the same as with <see cref="None"/>.</summary>
    public bool IsDefault => Variables.Count == 0 && Documents.Count == 0 && AddsGenerationPrompt && !ContinuesFinalMessage;
}

/// <summary>One turn of a conversation. An assistant's turn that only calls functions has an empty text.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">The text. Control markers in it are ordinary text, never control tokens.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>Functions that an assistant's turn called.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>What an assistant's turn thought before its text, for templates that want it back; null for nothing.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The call that a tool's turn answers.</summary>
    public string? ToolCallId { get; init; }
}

/// <summary>A function that the model may call.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Description">What it does, for the model.</param>
/// <param name="Parameters">The JSON schema of its arguments; null for none.</param>
/// <param name="IsStrict">Whether arguments have to follow the schema.</param>
public sealed record ToolDefinition(string Name, string? Description, string? Parameters, bool IsStrict = false);

/// <summary>A call of a function.</summary>
/// <param name="Id">Names the call.</param>
/// <param name="Name">The function.</param>
/// <param name="Arguments">A JSON object, as text.</param>
public sealed record ToolCall(string Id, string Name, string Arguments);

/// <summary>Whether tools are called.</summary>
/// <param name="Kind">Whether the model decides, must or must not.</param>
/// <param name="Name">The one that must be called; null for any.</param>
public sealed record ToolChoice(ToolChoiceKind Kind, string? Name = null)
{
    /// <summary>The model decides.</summary>
    public static ToolChoice Auto { get; } = new(ToolChoiceKind.Auto);
}

/// <summary>Who decides whether a tool is called.</summary>
public enum ToolChoiceKind
{
    /// <summary>The model.</summary>
    Auto,

    /// <summary>None is.</summary>
    None,

    /// <summary>One has to be.</summary>
    Required,
}

/// <summary>A form that the answer must have.</summary>
/// <param name="Kind">How it is written.</param>
/// <param name="Source">The schema, grammar or expression; empty for any JSON object.</param>
public sealed record OutputConstraint(OutputConstraintKind Kind, string Source = "")
{
    /// <summary>The field of the request that gives it, for messages; null where it comes from no request.</summary>
    public string? Field { get; init; }
}

/// <summary>How a form is written.</summary>
public enum OutputConstraintKind
{
    /// <summary>Any JSON object.</summary>
    JsonObject,

    /// <summary>A JSON schema.</summary>
    JsonSchema,

    /// <summary>A regular expression.</summary>
    Regex,

    /// <summary>A grammar in GBNF.</summary>
    Grammar,
}

/// <summary>What a request wants of its answer. How well members do one kind says little of how well they do another.</summary>
public enum RequestKind
{
    /// <summary>Text in no given form.</summary>
    [JsonStringEnumMemberName("plain")]
    Plain,

    /// <summary>It may call functions, whatever form its text has.</summary>
    [JsonStringEnumMemberName("tools")]
    Tools,

    /// <summary>A form, and no functions.</summary>
    [JsonStringEnumMemberName("schema")]
    Schema,
}

/// <summary>Who goes first. Of equal priority, whoever came first.</summary>
public enum RequestPriority
{
    /// <summary>Work that nobody waits for: it runs where there is room, and gives way.</summary>
    Background,

    /// <summary>What clients send.</summary>
    Normal,
}

/// <summary>What a request asks of the cascade itself.</summary>
public sealed record CascadeControls
{
    /// <summary>A request that asks for nothing.</summary>
    public static CascadeControls None { get; } = new();

    /// <summary>
    /// The share of the strongest member's right answers that shall be kept, 0 to 1; null for the policy's. At 1 the strongest
    /// answers; any other share is not fitted anew, and is promised only where the policy promises as much.
    /// </summary>
    public double? Keep { get; init; }

    /// <summary>The most that the request may take (E2EL), waiting included; when it is over, the best answer so far is delivered.</summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>Whether another member may answer where the first one's answer is rejected.</summary>
    public bool AllowEscalation { get; init; } = true;

    /// <summary>The most escalations; null for the configured number.</summary>
    public int? MaxEscalations { get; init; }
}

/// <summary>
/// One layer of sampling settings; a null leaves the choice to the next layer. The layers are, strongest first: the request, the
/// pool's configuration, the model's own defaults, <see cref="Fallback"/>.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>
    /// What holds where no layer says anything: llama-server's defaults. Small models at temperature 1 and with the whole
    /// vocabulary to choose from talk nonsense.
    /// </summary>
    public static SamplingOptions Fallback { get; } = new() { Temperature = 0.8f, TopK = 40, TopP = 0.95f, MinP = 0.05f };

    /// <summary>0 is greedy; 1 leaves the distribution as it is.</summary>
    public float? Temperature { get; init; }

    /// <summary>Only the k most probable tokens stay; 0 keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>Only the smallest set of most probable tokens that reaches this mass stays; 1 keeps all.</summary>
    public float? TopP { get; init; }

    /// <summary>Only tokens at least this share as probable as the best one stay; 0 keeps all.</summary>
    public float? MinP { get; init; }

    /// <summary>Divides (or, below zero, multiplies) the logit of every token in prompt or answer; 1 is off.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Subtracted from a token's logit for every time it stands in the answer; 0 is off.</summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from the logit of a token that stands in the answer; 0 is off.</summary>
    public float? PresencePenalty { get; init; }

    /// <summary>This layer laid over a weaker one.</summary>
    public SamplingOptions Over(SamplingOptions weaker) => new()
    {
        Temperature = Temperature ?? weaker.Temperature,
        TopK = TopK ?? weaker.TopK,
        TopP = TopP ?? weaker.TopP,
        MinP = MinP ?? weaker.MinP,
        RepetitionPenalty = RepetitionPenalty ?? weaker.RepetitionPenalty,
        FrequencyPenalty = FrequencyPenalty ?? weaker.FrequencyPenalty,
        PresencePenalty = PresencePenalty ?? weaker.PresencePenalty,
    };
}
