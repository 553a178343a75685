using System.Globalization;
using System.Text;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Regexes;

/// <summary>
/// Reads regular expressions as ECMAScript has them, without what looks back. Characters, classes and repetitions become expressions
/// over whole characters; look-aheads are served where nothing but the end of the text is behind what they stand in.
/// </summary>
internal sealed class RegexParser
{
    // Some count characters beyond this plane as two. What a pattern does not name is below, where all count alike.
    private static readonly CharacterSet BasicPlane = CharacterSet.Of((0, 0xFFFF));
    private static readonly CharacterSet LineEnds = CharacterSet.OfCharacters("\n\r\u2028\u2029");
    private static readonly CharacterSet Digits = CharacterSet.Of(('0', '9'));
    private static readonly CharacterSet WordCharacters = CharacterSet.Of(('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_'));

    // Dialects differ in what white space is. A text fits in all of them where \s is the least and \S leaves out the most.
    private static readonly CharacterSet LeastSpace = CharacterSet.OfCharacters("\t\n\v\f\r ");
    private static readonly CharacterSet MostSpace = LeastSpace.Union(CharacterSet.Of(
        (0x1C, 0x1F), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200B), (0x2028, 0x2029),
        (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)));

    private readonly string _source;
    private readonly CompileBudget _budget;
    private readonly string? _path;
    private readonly CharacterSet _all;
    private readonly RegexAnchors _anchors;
    private bool _isForbidden;
    private int _at;

    private RegexParser(string source, bool isWhole, CompileBudget budget, string? path)
    {
        (_source, _all, _budget, _path) = (source, isWhole ? CharacterSet.All : BasicPlane, budget, path);
        _anchors = new(_all, budget, path);
    }

    /// <summary>Reads an expression.</summary>
    /// <param name="source">The expression.</param>
    /// <param name="isWhole">Whether the whole text has to fit; otherwise a part of it is enough where no anchor says more.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="path">Where the expression stands, for errors.</param>
    public static GrammarExpression Parse(string source, bool isWhole, CompileBudget budget, string? path = null)
    {
        if (source.Length > budget.Limits.SourceLength)
            throw new ConstraintException($"The regular expression is longer than {budget.Limits.SourceLength} characters.", path);
        RegexParser parser = new(source, isWhole, budget, path);
        GrammarExpression expression = parser.Alternatives(0);
        if (parser._at < source.Length)
            throw parser.Invalid("an unmatched )");
        return parser._anchors.Placed(expression, isWhole);
    }

    private GrammarExpression Alternatives(int depth)
    {
        _budget.Nest(depth, _path);
        List<GrammarExpression> alternatives = [Sequence(depth)];
        while (Take('|'))
            alternatives.Add(Sequence(depth));
        return _anchors.Marked(GrammarExpression.OneOf(alternatives), alternatives);
    }

    private GrammarExpression Sequence(int depth)
    {
        List<GrammarExpression> parts = [];
        while (_at < _source.Length && _source[_at] is not ('|' or ')'))
        {
            _budget.Spend();
            parts.Add(Repeated(Single(depth)));
        }

        return parts.Count == 0 ? GrammarExpression.Empty : _anchors.Marked(GrammarExpression.Sequence(parts), parts);
    }

    private GrammarExpression Repeated(GrammarExpression item)
    {
        int start = _at;
        if (_at >= _source.Length || !TryQuantifier(out int min, out int? max))
            return item;
        // Lazy or not, the texts are the same.
        Take('?');
        int second = _at;
        if (_at < _source.Length && (_source[_at] == '+' || TryQuantifier(out _, out _)))
            throw Invalid("a second quantifier", second);
        if (_anchors.AreIn(item))
        {
            return (min, max) == (0, 1)
                ? _anchors.Marked(GrammarExpression.OneOf(item, GrammarExpression.Empty), [item]) : throw NotServed("a repeated anchor or look-ahead", start);
        }

        return GrammarExpression.Repeat(item, min, max);
    }

    private bool TryQuantifier(out int min, out int? max)
    {
        int start = _at;
        (min, max) = (0, null);
        switch (_source[_at++])
        {
            case '*':
                return true;
            case '+':
                min = 1;
                return true;
            case '?':
                max = 1;
                return true;
            case '{' when TryNumber(out min):
                max = min;
                if (Take(','))
                    max = TryNumber(out int most) ? most : null;
                if (!Take('}'))
                    break;
                return max is null || max >= min ? true : throw Invalid("a quantifier whose ends are swapped", start);
        }

        _at = start;
        return false;
    }

    private bool TryNumber(out int number)
    {
        int start = _at;
        while (_at < _source.Length && char.IsAsciiDigit(_source[_at]))
            _at++;
        number = 0;
        if (start == _at)
            return false;
        return int.TryParse(_source.AsSpan(start.._at), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < int.MaxValue
            ? true
            : throw NotServed("a count beyond 2147483646", start);
    }

    private GrammarExpression Single(int depth)
    {
        int start = _at;
        switch (_source[_at++])
        {
            case '(':
                return GroupStart(start) is { } isForbidden ? LookAhead(isForbidden, depth, start) : Group(depth, start);
            case '[':
                return GrammarExpression.Characters(new RegexClass(this, start).Read());
            case '.':
                return GrammarExpression.Characters(_isForbidden ? CharacterSet.All.Except(One('\n')) : _all.Except(LineEnds));
            case '^' or '$':
                return _anchors.Add(new(_source[start].ToString()));
            case '*' or '+' or '?':
                throw Invalid("a quantifier with nothing before it", start);
            case '\\':
                return GrammarExpression.Characters(Escape(start, inClass: false, negated: false));
            default:
                _at--;
                return GrammarExpression.Characters(One(TakeRune()));
        }
    }

    private GrammarExpression Group(int depth, int start)
    {
        GrammarExpression group = Alternatives(depth + 1);
        return Take(')') ? group : throw Invalid("a group that is not closed", start);
    }

    // What is read the narrow way elsewhere is read the wide way where it is forbidden.
    private GrammarExpression LookAhead(bool isForbidden, int depth, int start)
    {
        _isForbidden ^= isForbidden;
        Rule lookAhead = new(isForbidden ? RegexAnchors.Not : RegexAnchors.Also) { Body = Group(depth, start) };
        _isForbidden ^= isForbidden;
        return _anchors.Add(lookAhead);
    }

    // Null for a group; for a look-ahead, whether it forbids.
    private bool? GroupStart(int start)
    {
        if (!Take('?'))
            return null;
        if (Take(':'))
            return null;
        if (Take('='))
            return false;
        if (Take('!'))
            return true;
        if (Take('<'))
        {
            if (_at < _source.Length && _source[_at] is '=' or '!')
                throw NotServed("a look-behind", start);
            int end = _source.IndexOf('>', _at);
            if (end > _at)
            {
                _at = end + 1;
                return null;
            }
        }

        throw NotServed("an unknown kind of group", start);
    }

    private CharacterSet Escape(int start, bool inClass, bool negated)
    {
        if (_at >= _source.Length)
            throw Invalid("a backslash at the end", start);
        int character = TakeRune();
        switch (character)
        {
            case 'd':
                return Digits;
            case 'D':
                return _all.Except(Digits);
            case 'w':
                return WordCharacters;
            case 'W':
                return _all.Except(WordCharacters);
            case 's':
                return negated ^ _isForbidden ? MostSpace : LeastSpace;
            case 'S':
                return _all.Except(negated ^ _isForbidden ? LeastSpace : MostSpace);
            case 't':
                return One('\t');
            case 'n':
                return One('\n');
            case 'r':
                return One('\r');
            case 'f':
                return One('\f');
            case 'v':
                return One('\v');
            case 'b' when inClass:
                return One('\b');
            case 'b' or 'B':
                throw NotServed("a word boundary", start);
            case '0' when _at >= _source.Length || !char.IsAsciiDigit(_source[_at]):
                return One(0);
            case >= '0' and <= '9' or 'k':
                throw NotServed("a back-reference", start);
            case 'p' or 'P':
                throw NotServed("a Unicode property", start);
            case 'c' when _at < _source.Length && char.IsAsciiLetter(_source[_at]):
                return One(_source[_at++] & 0x1F);
            case 'x':
                return One(Hex(2, start));
            case 'u':
                return One(Unicode(start));
            default:
                return character < 0x80 && char.IsAsciiLetterOrDigit((char)character) ? throw Invalid("an unknown escape", start) : One(character);
        }
    }

    private int Unicode(int start)
    {
        if (Take('{'))
        {
            int end = _source.IndexOf('}', _at);
            int length = end - _at;
            int character = length is > 0 and <= 6 ? Hex(length, start) : throw Invalid("a malformed \\u{...}", start);
            _at++;
            return character <= 0x10FFFF ? character : throw Invalid("a character beyond Unicode", start);
        }

        int unit = Hex(4, start);
        if (char.IsHighSurrogate((char)unit) && _source.AsSpan(_at).StartsWith("\\u", StringComparison.Ordinal))
        {
            _at += 2;
            int second = Hex(4, start);
            if (char.IsLowSurrogate((char)second))
                return char.ConvertToUtf32((char)unit, (char)second);
        }

        return char.IsSurrogate((char)unit) ? throw Invalid("half a surrogate pair", start) : unit;
    }

    private int Hex(int length, int start)
    {
        if (_at + length > _source.Length
            || !int.TryParse(_source.AsSpan(_at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            throw Invalid("a malformed escape", start);
        }

        _at += length;
        return value;
    }

    private bool Take(char character)
    {
        if (_at >= _source.Length || _source[_at] != character)
            return false;
        _at++;
        return true;
    }

    private int TakeRune()
    {
        if (Rune.DecodeFromUtf16(_source.AsSpan(_at), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            throw Invalid("half a surrogate pair");
        _at += length;
        return rune.Value;
    }

    private string At() => _path is null ? "" : $" at {_path}";

    private ConstraintException Invalid(string what, int? position = null) => new(
        $"The regular expression{At()} has {what} at position {position ?? _at}, which is malformed.", _path, isInvalid: true);

    private ConstraintException NotServed(string what, int position) => new(
        $"The regular expression{At()} has {what} at position {position}, which is not served.", _path);

    private static CharacterSet One(int character) => CharacterSet.Of((character, character));

    /// <summary>A class in brackets.</summary>
    private readonly struct RegexClass(RegexParser parser, int start)
    {
        public CharacterSet Read()
        {
            bool negated = parser.Take('^');
            List<(int, int)> ranges = [];
            while (!parser.Take(']'))
            {
                parser._budget.Spend();
                CharacterSet first = Member(negated);
                if (parser._at + 1 < parser._source.Length && parser._source[parser._at] == '-' && parser._source[parser._at + 1] != ']')
                {
                    parser._at++;
                    CharacterSet last = Member(negated);
                    if (!IsOne(first) || !IsOne(last))
                        throw parser.Invalid("a range with an end that is no character", start);
                    (int from, int to) = (first.Ranges[0].First, last.Ranges[0].First);
                    ranges.Add(from <= to ? (from, to) : throw parser.Invalid("a range whose ends are swapped", start));
                }
                else
                {
                    ranges.AddRange(first.Ranges);
                }
            }

            CharacterSet set = CharacterSet.Of(ranges);
            return negated ? parser._all.Except(set) : set;
        }

        private CharacterSet Member(bool negated)
        {
            if (parser._at >= parser._source.Length)
                throw parser.Invalid("a class that is not closed", start);
            int position = parser._at;
            return parser.Take('\\') ? parser.Escape(position, inClass: true, negated) : One(parser.TakeRune());
        }

        private static bool IsOne(CharacterSet set) => set.Ranges.Count == 1 && set.Ranges[0].First == set.Ranges[0].Last;
    }
}
