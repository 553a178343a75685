namespace CascadeLocal.Engine.Text;

/// <summary>
/// Token ids of prompts. Only what the template itself writes is read for control tokens; what people write is text,
/// whatever it looks like.
/// </summary>
/// <remarks>
/// The template must see the messages, since it may trim or test them. So the texts of control tokens in them are broken
/// by a marker before the template runs, and the markers are taken out again after the control tokens that are left,
/// the template's own, have been found.
/// </remarks>
internal sealed class ChatPrompt(ITokenizer tokenizer, IChatTemplate template)
{
    private readonly ControlMarkup _markup = new(tokenizer.ControlTokens);

    /// <summary>The ids of <paramref name="text"/>, all of it text, to be continued.</summary>
    public int[] Tokenize(string text) => WithBeginning([.. tokenizer.Tokenize(text, parseControl: false)]);

    /// <summary>The ids of a conversation, ending with the header of the assistant's turn.</summary>
    /// <exception cref="ChatTemplateException">The template is missing, not understood, or refuses the conversation.</exception>
    public int[] Tokenize(IReadOnlyList<ChatMessage> messages)
    {
        // Templates run on zero-terminated strings, so a zero character travels as a second marker.
        (char marker, char zero) = Noncharacters.Unused(messages);
        ChatMessage[] broken = [.. messages.Select(message => message with { Content = _markup.Break(message.Content.Replace('\0', zero), marker) })];
        string rendered = template.Render(broken, addGenerationPrompt: true);
        return WithBeginning(Split(rendered, marker, zero));
    }

    private List<int> Split(ReadOnlySpan<char> rendered, char marker, char zero)
    {
        List<int> ids = [];
        bool trimStart = false;
        while (_markup.TryFind(rendered, out int index, out ControlToken control))
        {
            AppendText(ids, rendered[..index], trimStart, control.TrimsBefore, marker, zero);
            ids.Add(control.Id);
            rendered = rendered[(index + control.Text.Length)..];
            trimStart = control.TrimsAfter;
        }

        AppendText(ids, rendered, trimStart, trimEnd: false, marker, zero);
        return ids;
    }

    private void AppendText(List<int> ids, ReadOnlySpan<char> text, bool trimStart, bool trimEnd, char marker, char zero)
    {
        // What C's isspace takes, since llama.cpp trims with it.
        const string Space = " \t\n\v\f\r";
        if (trimStart)
            text = text.TrimStart(Space);
        if (trimEnd)
            text = text.TrimEnd(Space);
        if (text.IsEmpty)
            return;
        string plain = text.ToString().Replace(marker.ToString(), "", StringComparison.Ordinal).Replace(zero, '\0');
        ids.AddRange(tokenizer.Tokenize(plain, parseControl: false));
    }

    private int[] WithBeginning(List<int> ids)
    {
        if (tokenizer.BeginOfText is int begin && (ids.Count == 0 || ids[0] != begin))
            ids.Insert(0, begin);
        return [.. ids];
    }
}
