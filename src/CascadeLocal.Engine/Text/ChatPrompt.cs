using System.Buffers;

using CascadeLocal.Templates;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// Token ids of prompts. Only what the template itself writes is read for control tokens; what people write is text, whatever it looks
/// like and whatever the template does with it.
/// </summary>
internal sealed class ChatPrompt(ITokenizer tokenizer, ModelTemplates templates)
{
    private readonly ControlMarkup _markup = new(tokenizer.ControlTokens);

    /// <summary>The texts of the tokens that are commands to the model.</summary>
    public IReadOnlyDictionary<int, string> ControlTokens { get; } = tokenizer.ControlTokens.ToDictionary(token => token.Id, token => token.Text);

    /// <summary>The ids of <paramref name="text"/>, all of it text, to be continued.</summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">When to give up.</param>
    /// <param name="addsBeginning">Whether BOS comes first, where the model wants it.</param>
    /// <inheritdoc cref="ITokenizer.Tokenize" path="/exception"/>
    public int[] Tokenize(string text, TokenLimit limit, bool addsBeginning = true)
    {
        List<int> ids = [];
        tokenizer.Tokenize(text, ids, limit);
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
