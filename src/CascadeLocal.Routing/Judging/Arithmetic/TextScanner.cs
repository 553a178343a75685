namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>
/// Cuts a text into what arithmetic needs: numbers, operators in plain text, Unicode and LaTeX, equals signs, words and
/// breaks. One pass, no backtracking, so the time is linear in the length whatever the text is.
/// </summary>
internal ref struct TextScanner
{
    /// <summary>The most words of a remark in brackets.</summary>
    private const int MaximumRemark = 6;

    private readonly ReadOnlySpan<char> _text;
    private readonly ScannedText _scanned;
    private readonly LatexGroups _latex;
    private List<Token> _tokens;
    private int _at;

    private TextScanner(ReadOnlySpan<char> text)
    {
        _text = text;
        _scanned = new();
        _latex = new();
        _tokens = _scanned.Tokens;
    }

    /// <summary>Scans a text of any content.</summary>
    public static ScannedText Scan(ReadOnlySpan<char> text)
    {
        TextScanner scanner = new(text);
        while (scanner._at < text.Length)
            scanner.Next();
        scanner._scanned.EndsInAnnotation = scanner.IsInAnnotation;
        return scanner._scanned;
    }

    private readonly bool IsInAnnotation => _tokens == _scanned.Annotations;

    private readonly char Following => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private readonly char Previous => _at > 0 ? _text[_at - 1] : '\n';

    private void Next()
    {
        char c = _text[_at];
        if (NumberReader.BeginsAt(_text, _at))
        {
            Token number = NumberReader.Read(_text, _at);
            _tokens.Add(number);
            _at = number.End;
        }
        else if (char.IsLetter(c))
        {
            Word();
        }
        else if (c == '\\')
        {
            Command();
        }
        else
        {
            Sign(c);
        }
    }

    private void Word()
    {
        int start = _at;
        while (_at < _text.Length && (char.IsLetter(_text[_at]) || (_text[_at] is '\'' or '’' && char.IsLetter(Following))))
            _at++;
        ReadOnlySpan<char> word = _text[start.._at];
        bool isAfterNumber = _tokens.Count > 0 && _tokens[^1].Kind == TokenKind.Number;
        if (isAfterNumber && _tokens[^1].End == start && word.Length == 1 && !(word is "x" or "X" && OperandFollows(_at)))
        {
            // A number times an unknown, 7x: nothing that can be computed.
            _tokens[^1] = new(TokenKind.Other, _tokens[^1].Start, _at);
            return;
        }

        if (isAfterNumber && NumberWords.ScaleOf(word) is { } scale)
        {
            _tokens[^1] = _tokens[^1] with { Value = _tokens[^1].Value * scale, End = _at };
            return;
        }

        TokenKind kind = KindOf(word);
        _tokens.Add(new(kind, start, _at, kind == TokenKind.Word ? NumberWords.ValueOf(word) : 0));
    }

    private readonly TokenKind KindOf(ReadOnlySpan<char> word)
    {
        if (word is "equals")
            return TokenKind.Equals;
        if (!IsAfterOperand() || !OperandFollows(_at))
            return TokenKind.Word;
        return word switch
        {
            "x" or "X" or "times" => TokenKind.Times,
            "plus" => TokenKind.Plus,
            "minus" => TokenKind.Minus,
            // "20% of 50" and "1/2 of 10" multiply, "4 of 10" does not.
            "of" when _tokens[^1].IsPercent || (_tokens.Count > 1 && _tokens[^2].Kind == TokenKind.Divide) => TokenKind.Times,
            _ => TokenKind.Word,
        };
    }

    private readonly bool IsAfterOperand() => _tokens.Count > 0 && _tokens[^1].Kind is TokenKind.Number or TokenKind.Close or TokenKind.Word;

    /// <summary>Whether the next sign begins a number or a group.</summary>
    private readonly bool OperandFollows(int at)
    {
        while (at < _text.Length && _text[at] is ' ' or '$' or '€' or '£')
            at++;
        return at < _text.Length && (NumberReader.BeginsAt(_text, at) || _text[at] is '(' or '\\' or '{');
    }

    private void Command()
    {
        int start = _at++;
        if (_at < _text.Length && !char.IsAsciiLetter(_text[_at]))
        {
            // Two end a line; spaces and brackets of LaTeX mean nothing; else the next sign stands for itself: \* \$ \%.
            if (_text[_at] == '\\')
                Add(TokenKind.Break);
            else if (_text[_at] is ',' or ';' or ':' or '!' or ' ' or '(' or ')' or '[' or ']')
                _at++;
            return;
        }

        while (_at < _text.Length && char.IsAsciiLetter(_text[_at]))
            _at++;
        switch (_text[(start + 1).._at])
        {
            case "times" or "cdot" or "ast":
                _tokens.Add(new(TokenKind.Times, start, _at));
                break;
            case "div":
                _tokens.Add(new(TokenKind.Divide, start, _at));
                break;
            case "approx" or "simeq":
                _tokens.Add(new(TokenKind.Equals, start, _at));
                break;
            case "frac" or "dfrac" or "tfrac":
                _latex.BeginFraction(_tokens, start);
                break;
        }
    }

    private void Sign(char c)
    {
        switch (c)
        {
            case '<' when Following == '<':
                _tokens = _scanned.Annotations;
                _scanned.AnnotationCount++;
                _at += 2;
                break;
            case '>' when Following == '>':
                EndAnnotation();
                _at += 2;
                break;
            case '\n':
                EndAnnotation();
                Add(TokenKind.Break);
                break;
            case '.' or '?' or '!' or ';' or ':':
                Add(TokenKind.Break);
                break;
            case '{':
                _latex.Open(_tokens, _at++);
                break;
            case '}':
                _latex.Close(_tokens, _at++);
                break;
            case '*' when Following == '*':
                // Bold text, or a power between two numbers.
                Add(TokenKind.Power, 2, isKept: char.IsAsciiDigit(Previous) && OperandFollows(_at + 2));
                break;
            case '-' or '–' or '−':
                Add(TokenKind.Minus, 1, isKept: !IsHyphen());
                break;
            case '/':
                // "$15/car" is a unit.
                Add(TokenKind.Divide, 1, isKept: OperandFollows(_at + 1));
                break;
            case '<' or '>' or '!' when Following == '=':
                Add(TokenKind.Other, 2);
                break;
            case '=' when Following == '=':
                Add(TokenKind.Equals, 2);
                break;
            case ')' or ']' when DropsRemark():
                _at++;
                break;
            case ' ' or '\t' or '\r' or '$' or '€' or '£' or '_' or '`':
                _at++;
                break;
            default:
                Add(c switch
                {
                    '+' => TokenKind.Plus,
                    '*' or '×' or '·' or '⋅' or '∗' => TokenKind.Times,
                    '÷' => TokenKind.Divide,
                    '^' => TokenKind.Power,
                    '(' or '[' => TokenKind.Open,
                    ')' or ']' => TokenKind.Close,
                    '=' or '≈' => TokenKind.Equals,
                    _ => TokenKind.Other,
                });
                break;
        }
    }

    /// <summary>A dash that does not subtract: in a word or before a unit, or as a bullet.</summary>
    private readonly bool IsHyphen() =>
        char.IsLetter(Following)
        || char.IsLetter(Previous)
        || (Following == ' ' && (_tokens.Count == 0 || _tokens[^1].Kind == TokenKind.Break));

    /// <summary>Whether a bracket closes words alone, "$60 (cable package) - $26": they then stand without brackets.</summary>
    private readonly bool DropsRemark()
    {
        for (int open = _tokens.Count - 1; open >= Math.Max(0, _tokens.Count - 1 - MaximumRemark); open--)
        {
            if (_tokens[open].Kind == TokenKind.Open)
            {
                _tokens.RemoveAt(open);
                return true;
            }

            if (_tokens[open].Kind != TokenKind.Word)
                return false;
        }

        return false;
    }

    private void EndAnnotation()
    {
        if (!IsInAnnotation)
            return;
        _tokens.Add(new(TokenKind.Break, _at, _at));
        _tokens = _scanned.Tokens;
    }

    private void Add(TokenKind kind, int length = 1, bool isKept = true)
    {
        if (isKept)
            _tokens.Add(new(kind, _at, _at + length));
        _at += length;
    }
}

/// <summary>A text as arithmetic sees it.</summary>
internal sealed class ScannedText
{
    /// <summary>The text without its calculator annotations.</summary>
    public List<Token> Tokens { get; } = [];

    /// <summary>What stands in calculator annotations, <c>&lt;&lt;3*4=12&gt;&gt;</c>, with a break after each.</summary>
    public List<Token> Annotations { get; } = [];

    /// <summary>How many annotations there are.</summary>
    public int AnnotationCount { get; set; }

    /// <summary>Whether the text ends inside an annotation.</summary>
    public bool EndsInAnnotation { get; set; }
}
