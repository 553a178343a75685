using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Lines of words, as Jinja's wordwrap fills them. A word may be cut behind a hyphen between letters, one too long anywhere.</summary>
internal sealed class TextWrap(int width, bool breaksLongWords, bool breaksOnHyphens)
{
    private int[] _text = [];

    public IEnumerable<string> Wrap(string text)
    {
        _text = [.. CodePoints.Of(text)];
        Stack<Range> chunks = new(Chunks().Reverse());
        bool isFirst = true;
        while (chunks.Count > 0)
        {
            if (!isFirst && IsBlank(chunks.Peek()))
                chunks.Pop();
            (int start, int end) = Fill(chunks);
            if (start == end)
                continue;
            isFirst = false;
            yield return CodePoints.Join(_text[start..end]);
        }
    }

    /// <summary>Takes as many chunks as fit a line; without the blanks at its end.</summary>
    private (int Start, int End) Fill(Stack<Range> chunks)
    {
        if (chunks.Count == 0)
            return (0, 0);
        int start = chunks.Peek().Start.Value, end = start, last = start;
        while (chunks.Count > 0 && chunks.Peek().End.Value - start <= width)
        {
            last = end;
            end = chunks.Pop().End.Value;
        }

        if (chunks.Count > 0 && Length(chunks.Peek()) > width && (breaksLongWords || end == start))
        {
            Range word = chunks.Pop();
            last = end;
            end = breaksLongWords ? Cut(word, width - (end - start)) : word.End.Value;
            if (end < word.End.Value)
                chunks.Push(end..word.End);
        }

        return (start, IsBlank(last..end) ? last : end);
    }

    private int Cut(Range word, int space)
    {
        int start = word.Start.Value, end = start + space;
        int hyphen = breaksOnHyphens && space > 0 ? Array.LastIndexOf(_text, '-', end - 1, space) : -1;
        return hyphen > start && _text.AsSpan(start, hyphen - start).IndexOfAnyExcept('-') >= 0 ? hyphen + 1 : end;
    }

    /// <summary>Words, parts of words, and the blanks between them.</summary>
    private IEnumerable<Range> Chunks()
    {
        int start = 0;
        for (int i = 1; i <= _text.Length; i++)
        {
            bool isEnd = i == _text.Length || SplitsAt(_text[i]) != SplitsAt(_text[i - 1]) || (breaksOnHyphens && IsBehindHyphen(i));
            if (!isEnd)
                continue;
            yield return start..i;
            start = i;
        }
    }

    private bool IsBehindHyphen(int i) => _text[i - 1] == '-' && i >= 3 && i + 1 < _text.Length
        && CharacterClass.IsAlphabetic(_text[i - 2]) && CharacterClass.IsAlphabetic(_text[i - 3])
        && CharacterClass.IsAlphabetic(_text[i]) && CharacterClass.IsAlphabetic(_text[i + 1]);

    private bool IsBlank(Range chunk)
    {
        for (int i = chunk.Start.Value; i < chunk.End.Value; i++)
            if (!CharacterClass.IsSpace(_text[i]))
                return false;
        return true;
    }

    private static int Length(Range chunk) => chunk.End.Value - chunk.Start.Value;

    private static bool SplitsAt(int c) => c is ' ' or (>= '\t' and <= '\r');
}
