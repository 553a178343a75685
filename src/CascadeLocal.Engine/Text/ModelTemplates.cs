using CascadeLocal.Dialects;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Templates;
using CascadeLocal.Templates.Runtime;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// The chat templates of one model, parsed and tried once. What is wrong with them is known when the model is loaded, as far as it can
/// be, and so is what they want (<see cref="TemplateWants"/>). Thread-safe.
/// </summary>
internal sealed class ModelTemplates
{
    private const string ToolUse = "tool_use";

    // Some templates look through all turns at each of them. Of more turns than this none of them would end in useful time.
    private const long StepsPerPairOfTurns = 8;
    private const int MostTurnsThatCount = 4096;

    private readonly string _model;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly RenderOptions _options;
    private readonly ChatTemplate? _default;
    private readonly ChatTemplate? _toolUse;
    private readonly TemplateWants _defaultWants;
    private readonly TemplateWants _toolUseWants;
    private readonly Dialect _dialect;

    /// <param name="model">The model's name, for messages.</param>
    /// <param name="sources">The templates by name, <c>default</c> and <c>tool_use</c> among them; others are never chosen.</param>
    /// <param name="specialTokens">Texts of the special tokens, by the names that templates know: <c>bos_token</c> and so on.</param>
    /// <param name="clock">The date that templates write; null for today's.</param>
    public ModelTemplates(
        string model, IReadOnlyDictionary<string, string> sources, IReadOnlyDictionary<string, string> specialTokens, TimeProvider? clock = null)
    {
        (_model, _specialTokens) = (model, specialTokens);
        string source = sources.GetValueOrDefault(ModelMetadata.DefaultTemplate, ""), toolSource = sources.GetValueOrDefault(ToolUse, "");
        (_defaultWants, _toolUseWants) = (TemplateWants.Untried(source), TemplateWants.Untried(toolSource));
        _dialect = Dialect.Of(source, sources.GetValueOrDefault(ToolUse));
        _options = new RenderOptions { Clock = clock ?? TimeProvider.System };
        try
        {
            _default = Parse(source);
            _toolUse = Parse(toolSource);
            Problem = _default is null ? $"The model {model} has no chat template." : Probe();
            if (Problem is null)
                _defaultWants = TemplateTrials.Run(_default!, _defaultWants, _specialTokens, _options);
            if (_toolUse is not null)
                _toolUseWants = TemplateTrials.Run(_toolUse, _toolUseWants, _specialTokens, _options);
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
        (ChatTemplate template, TemplateWants wants) = request.Tools.Count > 0 && _toolUse is not null
            ? (_toolUse, _toolUseWants)
            : (_default ?? throw new ChatTemplateException(Problem!), _defaultWants);
        request = ToolsInWords.Write(request with { Messages = SystemTurns.Write(request.Messages, wants) }, wants, _dialect);
        GenerationRequest written = request with { Messages = CallTurns.Write(request.Messages, wants) };
        try
        {
            RenderedText rendered = template.Render(TemplateVariables.Of(written, _specialTokens, wants), OptionsFor(written), cancellationToken);
            return request.Template.ContinuesFinalMessage ? CutBehind(rendered, request.Messages[^1].Content) : rendered;
        }
        catch (TemplateException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string verb = error.Kind == TemplateErrorKind.Raised ? "refuses the conversation" : "fails on the conversation";
            throw new ChatTemplateException($"The chat template of the model {_model} {verb}: {Describe(error)}", error);
        }
    }

    private RenderOptions OptionsFor(GenerationRequest request)
    {
        long turns = Math.Min(request.Messages.Count, MostTurnsThatCount);
        return _options with { MaxSteps = _options.MaxSteps + (StepsPerPairOfTurns * turns * turns) };
    }

    private static ChatTemplate? Parse(string source) => source.Length > 0 ? ChatTemplate.Parse(source) : null;

    /// <summary>Tries one message, of which something has to be in the prompt.</summary>
    private string? Probe()
    {
        RenderedText rendered = _default!.Render(TemplateVariables.Of(new() { Messages = [new("user", "Hello")] }, _specialTokens, _defaultWants), _options);
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
        ReadOnlySpan<char> trimmed = message.AsSpan().Trim(), kept = message.AsSpan().TrimStart();
        for (int last = rendered.Parts.Count - 1; last >= 0 && trimmed.Length > 0; last--)
        {
            // Not in what the template writes behind the turn: an end marker may have the same letters.
            int first = last;
            while (first >= 0 && rendered.Parts[first].Origin != TextOrigin.Template)
                first--;
            if (first == last)
                continue;
            int start = rendered.Parts[first + 1].Start;
            ReadOnlySpan<char> said = rendered.Text.AsSpan()[start..(rendered.Parts[last].Start + rendered.Parts[last].Length)];
            int at = said.LastIndexOf(trimmed, StringComparison.Ordinal);
            if (at >= 0)
                return Cut(rendered, start + at + (said[at..].StartsWith(kept, StringComparison.Ordinal) ? kept : trimmed).Length);
            last = first;
        }

        throw new ChatTemplateException($"The last message cannot be continued: the chat template of the model {_model} does not write it as it is.");
    }

    private static RenderedText Cut(RenderedText rendered, int end) => new(
        rendered.Text[..end],
        [.. rendered.Parts.Where(part => part.Start < end).Select(part => part with { Length = Math.Min(part.Length, end - part.Start) })]);

    private static string Describe(TemplateException error) => FormattableString.Invariant($"line {error.Line}: {error.Reason}");
}
