using System.Globalization;
using System.Text;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Gbnf;

/// <summary>Reads grammars in GBNF, llama.cpp's notation. The rule that texts have to follow is called root.</summary>
internal sealed class GbnfParser
{
    private readonly string _source;
    private readonly CompileBudget _budget;
    private readonly Dictionary<string, Rule> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _uses = new(StringComparer.Ordinal);
    private int _at;
    private int _repeats;

    private GbnfParser(string source, CompileBudget budget) => (_source, _budget) = (source, budget);

    /// <summary>Reads a grammar.</summary>
    public static GrammarExpression Parse(string source, CompileBudget budget)
    {
        if (source.Length > budget.Limits.SourceLength)
            throw new ConstraintException($"The grammar is longer than {budget.Limits.SourceLength} characters.");
        GbnfParser parser = new(source, budget);
        parser.SkipSpace(newLines: true);
        while (parser._at < source.Length)
            parser.ReadRule();
        foreach ((string name, int position) in parser._uses)
        {
            if (parser._rules[name].Body is null)
                throw parser.Invalid($"uses the rule '{Short(name)}', which it does not define,", position);
        }

        return parser._rules.TryGetValue("root", out Rule? root) ? root : throw new ConstraintException("The grammar has no rule named 'root'.", isInvalid: true);
    }

    private void ReadRule()
    {
        int start = _at;
        Rule rule = RuleOf(Name(), start);
        SkipSpace(newLines: false);
        if (!Take("::="))
            throw Invalid("has no ::= behind the name of a rule");
        if (rule.Body is not null)
            throw Invalid($"defines the rule '{Short(rule.Name)}' twice", start);
        SkipSpace(newLines: true);
        rule.Body = Alternatives(0);
        if (_at < _source.Length && _source[_at] is not ('\n' or '\r'))
            throw Invalid("has something that is no part of a rule");
        SkipSpace(newLines: true);
    }

    private GrammarExpression Alternatives(int depth)
    {
        _budget.Nest(depth, null);
        List<GrammarExpression> alternatives = [Sequence(depth)];
        while (TakeBar(depth))
        {
            SkipSpace(newLines: true);
            alternatives.Add(Sequence(depth));
        }

        return GrammarExpression.OneOf(alternatives);
    }

    // A rule may go on with a bar on the next line.
    private bool TakeBar(int depth)
    {
        int start = _at;
        SkipSpace(newLines: depth == 0);
        if (Take("|"))
            return true;
        _at = start;
        return false;
    }

    private GrammarExpression Sequence(int depth)
    {
        List<GrammarExpression> parts = [];
        while (_at < _source.Length && Item(depth) is { } item)
        {
            _budget.Spend();
            SkipSpace(newLines: depth > 0);
            while (_at < _source.Length && TryQuantifier(out int min, out int? max))
            {
                item = GrammarExpression.Repeat(item, min, max);
                SkipSpace(newLines: depth > 0);
                if (++_repeats > _budget.Limits.Depth)
                    throw NotServed("repeats what is repeated too often");
            }

            _repeats = 0;
            parts.Add(item);
        }

        return parts.Count == 0 ? GrammarExpression.Empty : GrammarExpression.Sequence(parts);
    }

    private GrammarExpression? Item(int depth)
    {
        int start = _at;
        switch (_source[_at])
        {
            case '"':
                _at++;
                StringBuilder literal = new();
                while (!Take("\""))
                    literal.Append(new Rune(Character(start)));
                return GrammarExpression.Literal(literal.ToString());
            case '[':
                return Class(start);
            case '.':
                _at++;
                return GrammarExpression.Characters(CharacterSet.All);
            case '(':
                _at++;
                SkipSpace(newLines: true);
                GrammarExpression group = Alternatives(depth + 1);
                return Take(")") ? group : throw Invalid("has a group that is not closed", start);
            case '<' or '!':
                throw NotServed("names a token, which is not served,", start);
            case var letter when IsOfName(letter):
                return RuleOf(Name(), start);
            default:
                return null;
        }
    }

    private GrammarExpression Class(int start)
    {
        _at++;
        bool negated = Take("^");
        List<(int, int)> ranges = [];
        while (!Take("]"))
        {
            _budget.Spend();
            int first = Character(start);
            int last = first;
            if (_at + 1 < _source.Length && _source[_at] == '-' && _source[_at + 1] != ']')
            {
                _at++;
                last = Character(start);
            }

            ranges.Add(last >= first ? (first, last) : throw Invalid("has a range whose ends are swapped", start));
        }

        CharacterSet set = CharacterSet.Of(ranges);
        return GrammarExpression.Characters(negated ? set.Complement() : set);
    }

    private bool TryQuantifier(out int min, out int? max)
    {
        (min, max) = (0, null);
        int start = _at;
        switch (_source[_at])
        {
            case '*':
                break;
            case '+':
                min = 1;
                break;
            case '?':
                max = 1;
                break;
            case '{':
                _at++;
                SkipSpace(newLines: false);
                min = Number(start);
                max = min;
                if (Take(","))
                {
                    SkipSpace(newLines: false);
                    max = _at < _source.Length && char.IsAsciiDigit(_source[_at]) ? Number(start) : null;
                }

                if (_at >= _source.Length || _source[_at] != '}' || max < min)
                    throw Invalid("has a malformed repetition", start);
                break;
            default:
                return false;
        }

        _at++;
        return true;
    }

    private int Number(int start)
    {
        int first = _at;
        while (_at < _source.Length && char.IsAsciiDigit(_source[_at]))
            _at++;
        if (!int.TryParse(_source.AsSpan(first.._at), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number == int.MaxValue)
            throw first == _at ? Invalid("has a malformed repetition", start) : NotServed("has a repetition beyond 2147483646", start);
        SkipSpace(newLines: false);
        return number;
    }

    private int Character(int start)
    {
        if (_at >= _source.Length)
            throw Invalid("has a literal or a class that is not closed", start);
        if (Rune.DecodeFromUtf16(_source.AsSpan(_at), out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            throw Invalid("holds half a surrogate pair");
        _at += length;
        if (rune.Value != '\\')
            return rune.Value;
        if (_at >= _source.Length)
            throw Invalid("ends with a backslash");
        return _source[_at++] switch
        {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'x' => Hex(2),
            'u' => Hex(4),
            'U' => Hex(8),
            var same and ('\\' or '"' or '[' or ']' or '-' or '^') => same,
            _ => throw Invalid("has an unknown escape", _at - 2),
        };
    }

    private int Hex(int digits)
    {
        if (_at + digits > _source.Length
            || !uint.TryParse(_source.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value)
            || !Rune.IsValid(value))
        {
            throw Invalid("has an escape that is no character");
        }

        _at += digits;
        return (int)value;
    }

    private Rule RuleOf(string name, int position)
    {
        _uses.TryAdd(name, position);
        if (_rules.TryGetValue(name, out Rule? rule))
            return rule;
        if (_rules.Count >= _budget.Limits.Rules)
            throw new ConstraintException($"The grammar has more than {_budget.Limits.Rules} rules.");
        return _rules[name] = new(name);
    }

    private string Name()
    {
        int start = _at;
        while (_at < _source.Length && IsOfName(_source[_at]))
            _at++;
        return _at > start ? _source[start.._at] : throw Invalid("has something that is no name of a rule");
    }

    private void SkipSpace(bool newLines)
    {
        while (_at < _source.Length)
        {
            if (_source[_at] == '#')
            {
                while (_at < _source.Length && _source[_at] is not ('\n' or '\r'))
                    _at++;
            }
            else if (_source[_at] is ' ' or '\t' || (newLines && _source[_at] is '\n' or '\r'))
            {
                _at++;
            }
            else
            {
                break;
            }
        }
    }

    private bool Take(string text)
    {
        if (!_source.AsSpan(_at).StartsWith(text, StringComparison.Ordinal))
            return false;
        _at += text.Length;
        return true;
    }

    private ConstraintException Invalid(string what, int? position = null) => Error(what, position ?? _at, isInvalid: true);

    private ConstraintException NotServed(string what, int? position = null) => Error(what, position ?? _at, isInvalid: false);

    private ConstraintException Error(string what, int position, bool isInvalid)
    {
        int at = Math.Min(position, _source.Length);
        int line = 1 + _source.AsSpan(0, at).Count('\n');
        int column = at - (at == 0 ? -1 : _source.LastIndexOf('\n', at - 1));
        string place = string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}");
        return new($"The grammar {what} at {place}.", place, isInvalid);
    }

    private static string Short(string name) => name.Length <= 80 ? name : name[..80] + "...";

    private static bool IsOfName(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_';
}
