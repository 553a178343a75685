using System.Buffers;

using CascadeLocal.Contracts;

namespace CascadeLocal.Dialects;

/// <summary>When a marker counts, and what follows it.</summary>
internal enum OpeningKind
{
    /// <summary>A call, wherever it stands.</summary>
    Call,

    /// <summary>A call, where only blanks stand before it on its line.</summary>
    LineCall,

    /// <summary>A call that begins with the marker itself, where only blanks stand before it on its line.</summary>
    BareCall,

    /// <summary>Nothing, once, where only blanks stand between it and a call.</summary>
    AfterCall,

    /// <summary>Reasoning, where nothing but blanks came before.</summary>
    Reasoning,

    /// <summary>The answer proper, where no content came before. The marker means nothing, nor does the one that closes it.</summary>
    Response,

    /// <summary>The end of the answer proper, where it had a beginning.</summary>
    ResponseEnd,
}

/// <summary>A marker of a dialect.</summary>
internal sealed record Opening(string Text, OpeningKind Kind, Func<AnswerReader, IEnumerator<Step>>? Read = null, string? Closing = null);

/// <summary>
/// How a model family writes what is not plain text in its answers: tool calls and reasoning. One instance for each family, known
/// by its chat template (<see cref="Of"/>).
/// </summary>
public sealed partial class Dialect
{
    private readonly CallWriting _calls;

    private Dialect(string name, CallWriting calls, IReadOnlyList<string>? trigger, params IReadOnlyList<Opening> openings)
    {
        Name = name;
        _calls = calls;
        ToolTrigger = trigger;
        Openings = openings;
        Firsts = SearchValues.Create([.. openings.Select(o => o.Text[0])]);
        Markers = [.. openings.SelectMany(o => new[] { o.Text, o.Closing }).OfType<string>().Where(IsToken).Concat(calls.Markers).Distinct()];
    }

    /// <summary>The family, for logs and documents.</summary>
    public string Name { get; }

    /// <summary>
    /// Texts of special tokens that have to stay visible in the raw text of an answer, where the vocabulary has them: they are what
    /// calls and reasoning are told by.
    /// </summary>
    public IReadOnlyList<string> Markers { get; }

    /// <summary>
    /// After which texts a model that may call has decided to, so that a constraint sets in; <see cref="CallFormat"/> begins with
    /// them. Null where a call begins like any other JSON.
    /// </summary>
    public IReadOnlyList<string>? ToolTrigger { get; }

    internal IReadOnlyList<Opening> Openings { get; }

    /// <summary>The first characters of the openings.</summary>
    internal SearchValues<char> Firsts { get; }

    /// <summary>Whether answers are messages with headers, reasoning and each call one of its own (gpt-oss).</summary>
    public bool WritesMessages => this == GptOss;

    /// <summary>Whether the model may write a call's id after its arguments.</summary>
    internal bool HasLateIds => this == Mistral || this == MistralNemo;

    /// <summary>How calls to any of these tools are written, from the first character of the answer (or of its rest) on.</summary>
    /// <param name="tools">At least one; the named one where one is named.</param>
    /// <param name="isParallel">Whether more than one call may be made. gpt-oss ends its turn with each call and makes one only.</param>
    public FormatPart CallFormat(IReadOnlyList<ToolDefinition> tools, bool isParallel)
    {
        ArgumentNullException.ThrowIfNull(tools);
        if (tools.Count == 0)
            throw new ArgumentException("A call needs a tool.", nameof(tools));
        return _calls.Format(tools, isParallel);
    }

    /// <summary>These calls as an answer of this family has them.</summary>
    /// <param name="calls">At least one.</param>
    public string Write(IReadOnlyList<ToolCall> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        return _calls.Write(calls);
    }

    /// <summary>Whether a rendered prompt ends inside reasoning, so that the answer begins there.</summary>
    public bool OpensReasoning(ReadOnlySpan<char> prompt) =>
        WritesMessages ? prompt.EndsWith(Harmony.AnalysisHeader) : OpenReasoning(prompt) is not null;

    /// <summary>
    /// The text up to which an answer is free, so that a constraint holds only what follows it: the end of the reasoning inside which
    /// a rendered prompt ends, or the header of the answer proper. Null where the answer proper is the first thing.
    /// </summary>
    public string? FreeUntil(ReadOnlySpan<char> prompt)
    {
        if (WritesMessages)
            return prompt.EndsWith(Harmony.FinalHeader) ? null : Harmony.FinalHeader;
        return OpenReasoning(prompt)?.Closing;
    }

    /// <summary>
    /// Whether models of this template write reasoning, or mark their answer proper. Templates that only take reasoning out of the
    /// history (the first of DeepSeek-R1) know no more than its end.
    /// </summary>
    public bool Reasons(string template) => WritesMessages || Openings.Any(opening =>
        opening.Kind is OpeningKind.Reasoning or OpeningKind.Response
        && (template.Contains(opening.Text, StringComparison.Ordinal)
            || (opening is { Kind: OpeningKind.Reasoning, Closing: { } end } && template.Contains(end, StringComparison.Ordinal))));

    /// <summary>The dialect of that <see cref="Name"/>; null where there is none.</summary>
    public static Dialect? Find(string name) => name == Fields.Name ? Fields : All.FirstOrDefault(dialect => dialect.Name == name);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private Opening? OpenReasoning(ReadOnlySpan<char> prompt)
    {
        ReadOnlySpan<char> end = prompt.TrimEnd();
        foreach (Opening opening in Openings)
            if (opening.Kind == OpeningKind.Reasoning && end.EndsWith(opening.Text))
                return opening;
        return null;
    }

    private static bool IsToken(string text) => text.Length > 1 && text[0] is '<' or '[';

    private static readonly Opening[] Thinking =
    [
        new("<think>", OpeningKind.Reasoning, null, "</think>"),
        new("[THINK]", OpeningKind.Reasoning, null, "[/THINK]"),
        new("<|START_THINKING|>", OpeningKind.Reasoning, null, "<|END_THINKING|>"),
    ];

    private static readonly CallWriting TaggedJson =
        new("", "<tool_call>\n{\"name\": \"NAME\", \"arguments\": ", "}\n</tool_call>", "\n", "");

    /// <summary>Hermes 2 and 3, Qwen 2.5, Qwen 3, QwQ, Granite 4 and many others: JSON in <c>&lt;tool_call&gt;</c>.</summary>
    public static Dialect Hermes { get; } = new(
        "Hermes",
        TaggedJson,
        ["<tool_call>"],
        [
            new("<tool_call>", OpeningKind.Call, XmlCalls.Tagged),
            new("<tool_calls>", OpeningKind.Call, JsonCalls.Tagged),
            new("</tool_call>", OpeningKind.AfterCall),
            new("</tool_calls>", OpeningKind.AfterCall),
            new("}", OpeningKind.AfterCall),
            .. Thinking,
        ]);

    /// <summary>Qwen3-Coder, Qwen 3.5, Nemotron 3: a tag for each parameter. Constrained, they write Hermes' JSON.</summary>
    public static Dialect QwenCoder { get; } = new(
        "Qwen3-Coder",
        TaggedJson,
        ["<tool_call>"],
        [
            new("<tool_call>", OpeningKind.Call, XmlCalls.Tagged),
            new("<function=", OpeningKind.Call, XmlCalls.Function),
            new("</tool_call>", OpeningKind.AfterCall),
            new("}", OpeningKind.AfterCall),
            .. Thinking,
        ]);

    /// <summary>Llama 3.1 to 3.3: a JSON object in the open, or after <c>&lt;|python_tag|&gt;</c>.</summary>
    public static Dialect Llama { get; } = new(
        "Llama 3",
        new("", "{\"name\": \"NAME\", \"parameters\": ", "}", "; ", ""),
        null,
        [
            new("<|python_tag|>", OpeningKind.Call, JsonCalls.Fenced),
            new("{", OpeningKind.BareCall, JsonCalls.Bare),
            .. Thinking,
        ]);

    /// <summary>Mistral from 2411 on: name and arguments after <c>[TOOL_CALLS]</c>.</summary>
    public static Dialect Mistral { get; } = new(
        "Mistral",
        new("", "[TOOL_CALLS]NAME[ARGS]", "", "", "") { Markers = ["[ARGS]", "[CALL_ID]"] },
        ["[TOOL_CALLS]"],
        [new("[TOOL_CALLS]", OpeningKind.Call, NamedCalls.Mistral), .. Thinking]);

    /// <summary>Mistral 7B v0.3, Nemo, Mixtral 8x22B: an array after <c>[TOOL_CALLS]</c>.</summary>
    public static Dialect MistralNemo { get; } = new(
        "Mistral Nemo",
        new("[TOOL_CALLS][", "{\"name\": \"NAME\", \"arguments\": ", "}", ", ", "]"),
        ["[TOOL_CALLS]"],
        [new("[TOOL_CALLS]", OpeningKind.Call, NamedCalls.Mistral), .. Thinking]);

    /// <summary>gpt-oss: channels. Its calls end with <c>&lt;|call|&gt;</c>, which ends the answer, so that it is no part of the format.</summary>
    public static Dialect GptOss { get; } = new(
        "gpt-oss",
        new("", "<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>", "", null, "")
        {
            Markers = [Harmony.Start, Harmony.Channel, Harmony.Constrain, Harmony.Message, "<|end|>", "<|return|>", "<|call|>"],
        },
        ["<|channel|>commentary to=functions."],
        []);

    /// <summary>DeepSeek V3 and R1 and what was distilled from it: type, name, and arguments in a fence.</summary>
    public static Dialect DeepSeekR1 { get; } = new(
        "DeepSeek R1",
        DeepSeekWriting("function<｜tool▁sep｜>NAME\n```json\n", "\n```<｜tool▁call▁end｜>", "\n"),
        [NamedCalls.DeepSeekCalls],
        DeepSeekOpenings);

    /// <summary>DeepSeek V3.1: name and arguments.</summary>
    public static Dialect DeepSeekV31 { get; } = new(
        "DeepSeek V3.1",
        DeepSeekWriting("NAME<｜tool▁sep｜>", "<｜tool▁call▁end｜>", ""),
        [NamedCalls.DeepSeekCalls],
        DeepSeekOpenings);

    /// <summary>Granite 3: an array after <c>&lt;|tool_call|&gt;</c>. Phi-4-mini writes the same.</summary>
    public static Dialect Granite { get; } = new(
        "Granite 3",
        new("<|tool_call|>[", "{\"name\": \"NAME\", \"arguments\": ", "}", ", ", "]"),
        ["<|tool_call|>"],
        [
            new("<|tool_call|>", OpeningKind.Call, JsonCalls.Tagged),
            new("<tool_call>", OpeningKind.Call, JsonCalls.Tagged),
            new("<|/tool_call|>", OpeningKind.AfterCall),
            new("</tool_call>", OpeningKind.AfterCall),
            new("<response>", OpeningKind.Response, null, "</response>"),
            new("</response>", OpeningKind.ResponseEnd),
            .. Thinking,
        ]);

    /// <summary>LFM2: Python calls in a list. Constrained, it writes a list of JSON calls.</summary>
    public static Dialect Lfm2 { get; } = new(
        "LFM2",
        new("<|tool_call_start|>[", "{\"name\": \"NAME\", \"arguments\": ", "}", ", ", "]<|tool_call_end|>"),
        ["<|tool_call_start|>"],
        [
            new("<|tool_call_start|>", OpeningKind.Call, PythonCalls.Tagged),
            new("<|tool_call_end|>", OpeningKind.AfterCall),
            .. Thinking,
        ]);

    /// <summary>Gemma 2 and 3, which have no form of their own: JSON or Python in fences, or JSON in the open.</summary>
    public static Dialect Gemma { get; } = new(
        "Gemma",
        new("", "```tool_call\n{\"name\": \"NAME\", \"arguments\": ", "}\n```", "\n", ""),
        ["```tool_call"],
        [
            new("```tool_call", OpeningKind.LineCall, JsonCalls.Tagged),
            new("```tool_code", OpeningKind.LineCall, PythonCalls.Tagged),
            new("```json", OpeningKind.LineCall, JsonCalls.Fenced),
            new("```", OpeningKind.AfterCall),
            new("{", OpeningKind.BareCall, JsonCalls.Bare),
            .. Thinking,
        ]);

    /// <summary>Command R7B, Command A: an array of actions.</summary>
    public static Dialect Cohere { get; } = new(
        "Cohere",
        new("<|START_ACTION|>[", "{\"tool_name\": \"NAME\", \"parameters\": ", "}", ", ", "]<|END_ACTION|>"),
        ["<|START_ACTION|>"],
        [
            new("<|START_ACTION|>", OpeningKind.Call, JsonCalls.Tagged),
            new("<|END_ACTION|>", OpeningKind.AfterCall),
            new("<|START_RESPONSE|>", OpeningKind.Response, null, "<|END_RESPONSE|>"),
            new("<|END_RESPONSE|>", OpeningKind.ResponseEnd),
            new("<|START_TEXT|>", OpeningKind.Response, null, "<|END_TEXT|>"),
            new("<|END_TEXT|>", OpeningKind.ResponseEnd),
            .. Thinking,
        ]);

    /// <summary>
    /// Every other model: a JSON object on a line of its own or in a fence, <c>{"tool_call": {"name": ..., "arguments": ...}}</c>,
    /// <c>{"tool_calls": [...]}</c>, or the inner object alone.
    /// </summary>
    public static Dialect Generic { get; } = new(
        "generic JSON",
        new("{\"tool_calls\": [", "{\"name\": \"NAME\", \"arguments\": ", "}", ", ", "]}")
        {
            Single = new("", "{\"tool_call\": {\"name\": \"NAME\", \"arguments\": ", "}}", null, ""),
        },
        null,
        [
            new("{", OpeningKind.BareCall, JsonCalls.Bare),
            new("```json", OpeningKind.LineCall, JsonCalls.Fenced),
            new("```", OpeningKind.AfterCall),
            .. Thinking,
        ]);

    /// <summary>No family's: calls that a member elsewhere told apart from its text (<see cref="CallFields"/>).</summary>
    public static Dialect Fields { get; } = new(
        CallFields.Dialect,
        new("", $"{CallFields.Start}NAME{CallFields.NameEnd}{CallFields.IdEnd}", $"{CallFields.End}", "", ""),
        [$"{CallFields.Start}"],
        [new($"{CallFields.Start}", OpeningKind.Call, NamedCalls.Fields)]);

    /// <summary>All families.</summary>
    public static IReadOnlyList<Dialect> All { get; } =
        [Hermes, QwenCoder, Llama, Mistral, MistralNemo, GptOss, DeepSeekR1, DeepSeekV31, Granite, Lfm2, Gemma, Cohere, Generic];

    private static Opening[] DeepSeekOpenings =>
    [
        new(NamedCalls.DeepSeekCalls, OpeningKind.Call, NamedCalls.DeepSeekFirst),
        new(NamedCalls.DeepSeekCall, OpeningKind.Call, NamedCalls.DeepSeek),
        new("<｜tool▁call▁end｜>", OpeningKind.AfterCall),
        new("<｜tool▁calls▁end｜>", OpeningKind.AfterCall),
        new("```", OpeningKind.AfterCall),
        .. Thinking,
    ];

    private static CallWriting DeepSeekWriting(string before, string after, string between) => new(
        NamedCalls.DeepSeekCalls,
        NamedCalls.DeepSeekCall + before,
        after,
        between,
        "<｜tool▁calls▁end｜>")
    {
        Markers = [NamedCalls.DeepSeekName],
    };
}
