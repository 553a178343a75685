using System.Buffers;

using CascadeLocal.Templates;
using CascadeLocal.Tokenizers;
using CascadeLocal.Tokenizers.Vocabularies;

using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// Token ids of prompts. Only what the template itself writes is read for control tokens; what people write is text, whatever it looks
/// like and whatever the template does with it.
/// </summary>
internal sealed class ChatPrompt(ITokenizer tokenizer, ModelTemplates templates)
{
    private readonly ControlMarkup _markup = new(tokenizer.ControlTokens);

    /// <summary>The ids of <paramref name="text"/>, to be continued.</summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">When to give up.</param>
    /// <param name="addsBeginning">Whether BOS comes first, where the model wants it.</param>
    /// <param name="readsControl">Whether texts of control tokens are these tokens; else all of it is text.</param>
    /// <inheritdoc cref="ITokenizer.Tokenize" path="/exception"/>
    public int[] Tokenize(string text, TokenLimit limit, bool addsBeginning = true, bool readsControl = false)
    {
        List<int> ids = Split(new(text, [new(0, text.Length, readsControl ? TextOrigin.Template : TextOrigin.Data)]), limit);
        return addsBeginning ? WithBeginning(ids) : [.. ids];
    }

    /// <summary>The ids of text that goes on where another ends; none where there are more than <paramref name="atMost"/>.</summary>
    public int[] TokenizeContinuation(string text, int atMost)
    {
        try
        {
            List<int> ids = [];
            tokenizer.Tokenize(text, ids, new TokenLimit(atMost, CancellationToken.None));
            return [.. ids];
        }
        catch (TooManyTokensException)
        {
            return [];
        }
    }

    /// <summary>The ids of a request's conversation, ending with the header of the assistant's turn unless it asks for something else.</summary>
    /// <exception cref="ChatTemplateException">The template is missing, cannot be used, or refuses the conversation.</exception>
    /// <inheritdoc cref="ITokenizer.Tokenize" path="/exception"/>
    public int[] Tokenize(GenerationRequest request, TokenLimit limit) => Tokenize(request, limit, out _);

    /// <summary>As the other; <paramref name="text"/> is what the template wrote.</summary>
    public int[] Tokenize(GenerationRequest request, TokenLimit limit, out string text)
    {
        RenderedText rendered = templates.Render(request, limit.CancellationToken);
        text = rendered.Text;
        RequireNoUnclearControl(rendered);
        return WithBeginning(Split(rendered, limit));
    }

    private List<int> Split(RenderedText rendered, TokenLimit limit)
    {
        List<int> ids = [];
        int done = 0;
        bool trimStart = false;
        foreach (TextPart part in rendered.Parts.Where(part => part.Origin == TextOrigin.Template))
        {
            int at = part.Start, end = part.Start + part.Length;
            while (_markup.TryFind(rendered.Text.AsSpan(at, end - at), out int index, out ControlToken control))
            {
                AppendText(ids, rendered.Text.AsSpan(done, at + index - done), trimStart, control.TrimsBefore, limit);
                ids.Add(control.Id);
                done = at = at + index + control.Text.Length;
                trimStart = control.TrimsAfter;
            }
        }

        AppendText(ids, rendered.Text.AsSpan(done), trimStart, trimEnd: false, limit);
        return ids;
    }

    private void AppendText(List<int> ids, ReadOnlySpan<char> text, bool trimStart, bool trimEnd, TokenLimit limit)
    {
        // What C's isspace takes, since llama.cpp trims with it.
        const string Space = " \t\n\v\f\r";
        if (trimStart)
            text = text.TrimStart(Space);
        if (trimEnd)
            text = text.TrimEnd(Space);
        if (!text.IsEmpty)
            tokenizer.Tokenize(text, ids, limit);
    }

    /// <summary>A control token of which nobody knows who wrote it is neither obeyed nor quietly taken for text.</summary>
    private void RequireNoUnclearControl(RenderedText rendered)
    {
        foreach (TextPart part in rendered.Parts.Where(part => part.Origin == TextOrigin.Unclear))
        {
            int start = Math.Max(0, part.Start - _markup.LongestText + 1);
            int end = Math.Min(rendered.Text.Length, part.Start + part.Length + _markup.LongestText - 1);
            while (_markup.TryFind(rendered.Text.AsSpan(start, end - start), out int index, out ControlToken control))
            {
                start += index;
                if (start < part.Start + part.Length && start + control.Text.Length > part.Start)
                    throw new ChatTemplateException($"The chat template writes {control.Text} in a way in which it cannot be told from what the conversation says.");
                start++;
            }
        }
    }

    private int[] WithBeginning(List<int> ids)
    {
        if (tokenizer.BeginOfText is int begin && (ids.Count == 0 || ids[0] != begin))
            ids.Insert(0, begin);
        return [.. ids];
    }
}

/// <summary>
/// Finds the texts of a vocabulary's control tokens. At each place the longest one counts, as in llama.cpp. Tokens of a
/// single character are left out: they could not be told from text, so they are text.
/// </summary>
internal sealed class ControlMarkup
{
    private readonly Dictionary<string, ControlToken> _byText = new(StringComparer.Ordinal);
    private readonly int[] _lengths;
    private readonly SearchValues<string> _texts;

    public ControlMarkup(IEnumerable<ControlToken> tokens)
    {
        foreach (ControlToken token in tokens)
        {
            if (token.Text.Length > 1)
                _byText.TryAdd(token.Text, token);
        }

        _lengths = [.. _byText.Keys.Select(text => text.Length).Distinct().OrderDescending()];
        _texts = SearchValues.Create([.. _byText.Keys], StringComparison.Ordinal);
    }

    /// <summary>The most characters of a control token's text; 0 if there is none.</summary>
    public int LongestText => _lengths.Length > 0 ? _lengths[0] : 0;

    /// <summary>The first control token's text in <paramref name="text"/>; the longest where several start there.</summary>
    public bool TryFind(ReadOnlySpan<char> text, out int index, out ControlToken token)
    {
        index = text.IndexOfAny(_texts);
        if (index >= 0)
        {
            var lookup = _byText.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach (int length in _lengths)
            {
                if (index + length <= text.Length && lookup.TryGetValue(text.Slice(index, length), out token))
                    return true;
            }
        }

        token = default;
        return false;
    }
}

/// <summary>Text to token ids, as the model was trained. Safe to use from several threads.</summary>
internal interface ITokenizer
{
    /// <summary>Tokens that are commands to the model, in no order; none has an empty text.</summary>
    IReadOnlyList<ControlToken> ControlTokens { get; }

    /// <summary>The token a prompt has to begin with, or null where the model wants none.</summary>
    int? BeginOfText { get; }

    /// <summary>
    /// Adds the ids of <paramref name="text"/>, without a token for its beginning or end. All of it is text: no control token is
    /// read from it.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <param name="ids">The ids so far.</param>
    /// <param name="limit">When to give up.</param>
    /// <exception cref="TooManyTokensException">There are more ids than the limit allows.</exception>
    /// <exception cref="OperationCanceledException">The limit's token was cancelled.</exception>
    void Tokenize(ReadOnlySpan<char> text, List<int> ids, TokenLimit limit);
}

/// <summary>When tokenising a prompt is given up.</summary>
/// <param name="AtMost">Most tokens of the prompt.</param>
/// <param name="CancellationToken">Nobody waits for the prompt any more.</param>
internal readonly record struct TokenLimit(int AtMost, CancellationToken CancellationToken)
{
    /// <summary>It is never given up.</summary>
    public static TokenLimit None { get; } = new(int.MaxValue, CancellationToken.None);
}

/// <summary>A prompt has more tokens than are of use. It was not tokenised to its end.</summary>
/// <param name="atLeast">So many at least.</param>
internal sealed class TooManyTokensException(int atLeast) : Exception
{
    /// <summary>Tokens it has at least.</summary>
    public int AtLeast => atLeast;
}

/// <summary>
/// The tokenizer of a loaded model. Its vocabulary is the file's, and no text ever comes to llama.cpp's own tokenizer, which some
/// texts end or freeze. What llama.cpp takes for control tokens is asked of it once.
/// </summary>
internal sealed class ModelTokenizer : ITokenizer
{
    private readonly Tokenizer _tokenizer;

    /// <param name="model">The model as llama.cpp has loaded it.</param>
    /// <param name="vocabulary">Its tokenizer as the file describes it.</param>
    /// <exception cref="TokenizerException">It is of a kind that is not known, or damaged.</exception>
    public ModelTokenizer(SafeLlamaModelHandle model, TokenizerVocabulary vocabulary)
    {
        SafeLlamaModelHandle.Vocabulary native = model.Vocab;
        TokenKind[] kinds = new TokenKind[vocabulary.Tokens.Count];
        List<ControlToken> control = [];
        for (int id = 0; id < kinds.Length; id++)
        {
            LLamaTokenAttr attributes = ((LLamaToken)id).GetAttributes(native);
            kinds[id] = id < vocabulary.Kinds.Count ? vocabulary.Kinds[id] : TokenKind.Normal;
            // Of tokens that look like commands llama.cpp makes control tokens, and of some control tokens text: here those stay.
            if ((attributes & LLamaTokenAttr.Control) != 0)
                kinds[id] = TokenKind.Control;
            bool isCommand = kinds[id] is TokenKind.Control or TokenKind.Unknown || (attributes & LLamaTokenAttr.Unknown) != 0;
            if (isCommand && native.LLamaTokenToString(id, isSpecialToken: true) is { Length: > 0 } text)
                control.Add(new ControlToken(id, text, (attributes & LLamaTokenAttr.LStrip) != 0, (attributes & LLamaTokenAttr.RStrip) != 0));
        }

        ControlTokens = control;
        BeginOfText = native.ShouldAddBOS && native.BOS is LLamaToken token ? (int)token : null;
        _tokenizer = Tokenizer.Create(vocabulary with { Kinds = kinds });
    }

    /// <inheritdoc/>
    public IReadOnlyList<ControlToken> ControlTokens { get; }

    /// <inheritdoc/>
    public int? BeginOfText { get; }

    /// <inheritdoc/>
    public void Tokenize(ReadOnlySpan<char> text, List<int> ids, TokenLimit limit)
    {
        int room = limit.AtMost - ids.Count;
        int count = _tokenizer.Tokenize(text, ids, Math.Max(0, room), limit.CancellationToken);
        if (count > room)
            throw new TooManyTokensException((int)Math.Min(int.MaxValue, (long)limit.AtMost - room + count));
    }
}

/// <summary>A token that is a command to the model rather than text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">How templates write it.</param>
/// <param name="TrimsBefore">Whether it swallows white space in front of it.</param>
/// <param name="TrimsAfter">Whether it swallows white space behind it.</param>
internal readonly record struct ControlToken(int Id, string Text, bool TrimsBefore = false, bool TrimsAfter = false);
