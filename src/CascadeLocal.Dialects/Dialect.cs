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

    /// <summary>Whether models of this template write reasoning, or mark their answer proper.</summary>
    public bool Reasons(string template) => WritesMessages || Openings.Any(opening =>
        opening.Kind is OpeningKind.Reasoning or OpeningKind.Response && template.Contains(opening.Text, StringComparison.Ordinal));

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
}
