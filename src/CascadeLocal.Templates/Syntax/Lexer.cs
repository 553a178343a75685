using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Syntax;

/// <summary>
/// Cuts a template into tokens, with transformers' settings: trim_blocks (a block's or comment's tag takes the newline behind
/// it), lstrip_blocks (and the blanks before it where it begins its line), and one newline at the very end is dropped.
/// </summary>
internal sealed class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly ExpressionScanner _expressions;
    private readonly SourceLines _lines;
    private int _at;
    private bool _lineStarts = true;

    private Lexer(string source)
    {
        string normal = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = normal.EndsWith('\n') ? normal[..^1] : normal;
        _lines = new(_source);
        _expressions = new(_source, _lines, _tokens);
    }

    public static IReadOnlyList<Token> Tokenize(string source)
    {
        Lexer lexer = new(source);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (NextTag() is { } tag)
        {
            AddData(_at, tag, isVariable: _source[tag + 1] == '{');
            int content = AfterSign(tag + 2);
            switch (_source[tag + 1])
            {
                case '#':
                    SkipComment(tag, content);
                    break;
                case '{':
                    _tokens.Add(new(TokenKind.VariableBegin, "{{", _lines.At(tag)));
                    _at = _expressions.Scan(content, TokenKind.VariableEnd);
                    _lineStarts = _source[_at - 1] == '\n';
                    break;
                case '%' when RawBody(content) is { } body:
                    ReadRaw(tag, body);
                    break;
                default:
                    _tokens.Add(new(TokenKind.BlockBegin, "{%", _lines.At(tag)));
                    _at = _expressions.Scan(content, TokenKind.BlockEnd);
                    _lineStarts = _source[_at - 1] == '\n';
                    break;
            }
        }

        if (_at < _source.Length)
            _tokens.Add(new(TokenKind.Data, _source[_at..], _lines.At(_at)));
        _tokens.Add(new(TokenKind.End, "", _lines.At(_source.Length)));
    }

    private int? NextTag()
    {
        for (int i = _at; (i = _source.IndexOf('{', i)) >= 0 && i + 1 < _source.Length; i++)
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        return null;
    }

    private int AfterSign(int at) => at < _source.Length && _source[at] is '-' or '+' ? at + 1 : at;

    /// <summary>The text before a tag, without what the tag takes away: all blanks with '-', those of its line with lstrip_blocks.</summary>
    private void AddData(int start, int tag, bool isVariable)
    {
        char sign = tag + 2 < _source.Length ? _source[tag + 2] : ' ';
        int end = tag;
        if (sign == '-')
        {
            while (end > start && CharacterClass.IsSpace(_source[end - 1]))
                end--;
        }
        else if (sign != '+' && !isVariable)
        {
            int line = end;
            while (line > start && _source[line - 1] != '\n' && CharacterClass.IsSpace(_source[line - 1]))
                line--;
            if (line > start ? _source[line - 1] == '\n' : _lineStarts)
                end = line;
        }

        if (end > start)
            _tokens.Add(new(TokenKind.Data, _source[start..end], _lines.At(start)));
    }

    private void SkipComment(int tag, int content)
    {
        int close = _source.IndexOf("#}", content, StringComparison.Ordinal);
        if (close < 0)
            throw new TemplateException(TemplateErrorKind.Syntax, "Missing end of comment tag", _lines.At(tag));
        // A sign belongs to the closing tag, also where it is the opening one's: {#-#}.
        char sign = close > content ? _source[close - 1] : ' ';
        _at = _expressions.AfterEnd(close + 2, sign, trimsNewline: true);
        _lineStarts = _source[_at - 1] == '\n';
    }

    /// <summary>Where the body of a raw block begins, or null where the tag is another.</summary>
    private int? RawBody(int content)
    {
        int at = SkipSpace(content);
        if (string.CompareOrdinal(_source, at, "raw", 0, 3) != 0)
            return null;
        at = SkipSpace(at + 3);
        char sign = at < _source.Length ? _source[at] : ' ';
        if (sign == '-')
            at++;
        return string.CompareOrdinal(_source, at, "%}", 0, 2) == 0 ? _expressions.AfterEnd(at + 2, sign, trimsNewline: false) : null;
    }

    private void ReadRaw(int tag, int body)
    {
        _lineStarts = _source[body - 1] == '\n';
        for (int i = body; (i = _source.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i++)
        {
            int at = SkipSpace(AfterSign(i + 2));
            if (string.CompareOrdinal(_source, at, "endraw", 0, 6) != 0)
                continue;
            at = SkipSpace(at + 6);
            char sign = at < _source.Length ? _source[at] : ' ';
            if (sign is '-' or '+')
                at++;
            if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0)
                continue;
            AddData(body, i, isVariable: false);
            _at = _expressions.AfterEnd(at + 2, sign, trimsNewline: true);
            _lineStarts = _source[_at - 1] == '\n';
            return;
        }

        throw new TemplateException(TemplateErrorKind.Syntax, "Missing end of raw directive", _lines.At(tag));
    }

    private int SkipSpace(int at)
    {
        while (at < _source.Length && CharacterClass.IsSpace(_source[at]))
            at++;
        return at;
    }
}

/// <summary>Which line and column an offset of the source is at.</summary>
internal sealed class SourceLines
{
    private readonly List<int> _starts = [0];

    public SourceLines(string source)
    {
        for (int i = source.IndexOf('\n', StringComparison.Ordinal); i >= 0; i = source.IndexOf('\n', i + 1))
            _starts.Add(i + 1);
    }

    public Position At(int offset)
    {
        int line = _starts.BinarySearch(offset) is var found && found >= 0 ? found : ~found - 1;
        return new(line + 1, offset - _starts[line] + 1);
    }
}
