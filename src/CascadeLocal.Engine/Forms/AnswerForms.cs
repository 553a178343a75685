using System.Text.Json;

using CascadeLocal.Constraints;
using CascadeLocal.Constraints.Grammars;
using CascadeLocal.Constraints.Vocabularies;
using CascadeLocal.Dialects;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Engine.Forms;

/// <summary>
/// The forms that answers of one model may have: how it writes calls and reasoning, and what holds an answer to a grammar. Thread-safe.
/// </summary>
/// <param name="dialect">How the model writes calls and reasoning.</param>
/// <param name="reasons">Whether its template knows of reasoning.</param>
/// <param name="vocabulary">The model's tokens.</param>
internal sealed class AnswerForms(Dialect dialect, bool reasons, Vocabulary vocabulary)
{
    private const string Tools = "tools";

    private readonly ConstraintCache _constraints = new();

    // Most models are never asked for a form.
    private readonly Lazy<TokenTrie> _trie = new(() => new(vocabulary.Count, vocabulary.Piece, vocabulary.EndTokens));

    /// <summary>The dialect that templates speak, and whether it is one with reasoning.</summary>
    public static (Dialect Dialect, bool Reasons) DialectOf(IReadOnlyDictionary<string, string> templates)
    {
        string template = templates.GetValueOrDefault(ModelMetadata.DefaultTemplate, "");
        Dialect dialect = Dialect.Of(template, templates.GetValueOrDefault("tool_use"));
        return (dialect, dialect.Reasons(template));
    }

    /// <summary>The form of the answer to a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="prompt">The conversation as the template has written it; null where the request has none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RequestRefusedException">The form is wrong or not served, with the reason.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public AnswerForm FormOf(GenerationRequest request, string? prompt, CancellationToken cancellationToken)
    {
        string? field = request.MustCall || request.Constraint is null ? Tools : request.Constraint.Field;
        bool hasMarkup = prompt is not null && (request.Tools.Count > 0 || reasons);
        AnswerMarkup? markup = hasMarkup ? new(dialect.Name, reasons && dialect.OpensReasoning(prompt)) : null;
        try
        {
            CompiledConstraint? constraint = Compile(request, reasons && prompt is not null ? dialect.FreeUntil(prompt) : null, cancellationToken);
            return new(markup, constraint is null ? null : new ConstraintFilter(new ConstraintMatcher(constraint, _trie.Value), field));
        }
        catch (ConstraintException error)
        {
            // What is too big is so together; a keyword is wrong in one of them.
            string? wrong = request.Kind == RequestKind.Tools && error.Path is not null ? WrongTool(request, cancellationToken) ?? field : field;
            throw new RequestRefusedException(error.Message, wrong, error.IsInvalid);
        }
    }

    // The first whose parameters alone are refused.
    private static string? WrongTool(GenerationRequest request, CancellationToken cancellationToken)
    {
        for (int i = 0; i < request.Tools.Count; i++)
        {
            try
            {
                if (request.Tools[i].Parameters is { } parameters)
                    ConstraintCompiler.Compile(new OutputConstraint(OutputConstraintKind.JsonSchema, parameters), cancellationToken: cancellationToken);
            }
            catch (ConstraintException)
            {
                return $"{Tools}[{i}]";
            }
        }

        return null;
    }

    private CompiledConstraint? Compile(GenerationRequest request, string? freeUntil, CancellationToken cancellationToken)
    {
        if (!request.MustCall && request.Constraint is { } constraint)
        {
            // What is said has the form; a call may come in its place, unless what is said has begun.
            bool mayCall = request.Kind == RequestKind.Tools && !(dialect.WritesMessages && freeUntil is null);
            string key = $"{constraint.Kind} {constraint.Source}";
            return Get(mayCall ? $"{CallsKey("or", request)} {key}" : key, freeUntil, () => ConstraintCompiler.Compile(
                constraint,
                place: form => mayCall ? FormOrCalls(form, request, freeUntil) : After(freeUntil, form),
                cancellationToken: cancellationToken));
        }

        // A call is a message of its own: what comes before it is free up to the call's header.
        if (dialect.WritesMessages)
            freeUntil = null;
        if (request.MustCall)
            return Get(CallsKey("required", request), freeUntil, () => ConstraintCompiler.Compile(
                dialect.WritesMessages ? TextThenCalls(request, 1) : After(freeUntil, Calls(request)), cancellationToken: cancellationToken));
        // Where calls begin like any other text nothing tells when to hold them.
        bool isHeld = request.Tools.Any(tool => tool.IsStrict) && dialect.ToolTrigger is { Count: 1 };
        return isHeld
            ? Get(CallsKey("auto", request), freeUntil, () => ConstraintCompiler.Compile(
                After(freeUntil, TextThenCalls(request, 0)), cancellationToken: cancellationToken))
            : null;
    }

    private CompiledConstraint Get(string key, string? freeUntil, Func<CompiledConstraint> compile) =>
        _constraints.Get(freeUntil is null ? key : $"after {freeUntil} {key}", compile);

    private GrammarExpression FormOrCalls(GrammarExpression form, GenerationRequest request, string? freeUntil) => dialect.WritesMessages
        ? GrammarExpression.Sequence(
            GrammarExpression.AnyTextUntil(freeUntil!, dialect.ToolTrigger![0]),
            GrammarExpression.OneOf(GrammarExpression.Sequence(Begin(freeUntil!), form), Calls(request)))
        : After(freeUntil, GrammarExpression.OneOf(form, Calls(request)));

    private GrammarExpression Calls(GenerationRequest request)
    {
        ToolDefinition[] tools = [.. request.Tools.Where(tool => request.ToolChoice.Name is null || tool.Name == request.ToolChoice.Name)];
        return Convert(dialect.CallFormat(tools, request.ParallelToolCalls && request.ToolChoice.Name is null));
    }

    // Whatever comes before a call is free; from its first marker on it is held.
    private GrammarExpression TextThenCalls(GenerationRequest request, int least) => GrammarExpression.Sequence(
        GrammarExpression.AnyTextUntil(dialect.ToolTrigger![0]), GrammarExpression.Repeat(Calls(request), least, 1));

    private static GrammarExpression After(string? freeUntil, GrammarExpression form) => freeUntil is null
        ? form
        : GrammarExpression.Sequence(GrammarExpression.AnyTextUntil(freeUntil), Begin(freeUntil), form);

    // Models break the line after their reasoning, or do not.
    private static GrammarExpression Begin(string marker) => GrammarExpression.Sequence(
        GrammarExpression.Literal(marker), GrammarExpression.Repeat(GrammarExpression.Literal("\n"), 0, 2));

    private static GrammarExpression Convert(FormatPart part) => part switch
    {
        FormatPart.Literal literal => GrammarExpression.Literal(literal.Text),
        FormatPart.Schema schema => GrammarExpression.JsonSchema(schema.Json),
        FormatPart.Sequence sequence => GrammarExpression.Sequence([.. sequence.Parts.Select(Convert)]),
        FormatPart.OneOf choice => GrammarExpression.OneOf([.. choice.Alternatives.Select(Convert)]),
        FormatPart.Repeat repeat => GrammarExpression.Repeat(Convert(repeat.Part), repeat.Min, repeat.Max),
        _ => throw new ArgumentOutOfRangeException(nameof(part)),
    };

    private static string CallsKey(string kind, GenerationRequest request) => JsonSerializer.Serialize(new object?[]
    {
        kind, request.ToolChoice.Name, request.ParallelToolCalls, request.Tools.Select(tool => new[] { tool.Name, tool.Parameters }),
    });
}

/// <summary>Compiled forms by what they were made of; the least recently used ones are forgotten. Thread-safe.</summary>
internal sealed class ConstraintCache
{
    private const int Capacity = 64;

    // Forms grow while they are followed, so what is kept is weighed whenever one comes.
    private const long MaxBytes = 256L << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, CompiledConstraint Constraint)>> _nodes = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, CompiledConstraint Constraint)> _byUse = new();

    /// <summary>What is kept under a key, else what <paramref name="compile"/> makes.</summary>
    public CompiledConstraint Get(string key, Func<CompiledConstraint> compile)
    {
        lock (_lock)
        {
            if (_nodes.TryGetValue(key, out var known))
            {
                _byUse.Remove(known);
                _byUse.AddFirst(known);
                return known.Value.Constraint;
            }
        }

        // Two requests may do it at once; nobody waits for another's.
        CompiledConstraint made = compile();
        lock (_lock)
        {
            if (_nodes.TryAdd(key, new((key, made))))
                _byUse.AddFirst(_nodes[key]);
            long bytes = _byUse.Sum(node => node.Constraint.ApproximateBytes);
            while (_nodes.Count > 1 && (_nodes.Count > Capacity || bytes > MaxBytes))
            {
                (string last, CompiledConstraint constraint) = _byUse.Last!.Value;
                bytes -= constraint.ApproximateBytes;
                _nodes.Remove(last);
                _byUse.RemoveLast();
            }
        }

        return made;
    }
}

/// <summary>A constraint as the sampler asks it. A form that takes too much work to follow is refused as one that takes too much to compile.</summary>
/// <param name="matcher">What follows the answer.</param>
/// <param name="field">The field of the request that asks for the form; null where there is no single one.</param>
internal sealed class ConstraintFilter(ConstraintMatcher matcher, string? field) : ITokenFilter
{
    /// <inheritdoc/>
    public ReadOnlySpan<ulong> Allowed
    {
        get
        {
            try
            {
                return matcher.AllowedTokens();
            }
            catch (ConstraintBudgetException error)
            {
                throw Refused(error);
            }
        }
    }

    /// <inheritdoc/>
    public bool Allows(int token)
    {
        try
        {
            return matcher.Allows(token);
        }
        catch (ConstraintBudgetException error)
        {
            throw Refused(error);
        }
    }

    /// <inheritdoc/>
    public void Accept(int token)
    {
        try
        {
            matcher.Accept(token);
        }
        catch (ConstraintBudgetException error)
        {
            throw Refused(error);
        }
    }

    private RequestRefusedException Refused(ConstraintBudgetException error) => new(error.Message, field);
}

/// <summary>The form of one answer.</summary>
/// <param name="Markup">How calls and reasoning stand in it; null where it can have neither.</param>
/// <param name="Filter">What holds it to the form that was asked for; null where none was.</param>
internal readonly record struct AnswerForm(AnswerMarkup? Markup, ITokenFilter? Filter);
