using System.Globalization;
using System.Text.RegularExpressions;
using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Syntax;

/// <summary>Cuts what stands inside a tag into names, literals and operators, up to the tag's end.</summary>
internal sealed partial class ExpressionScanner(string source, SourceLines lines, List<Token> tokens)
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    /// <summary>Adds the tokens from there on, the end of the tag too; gives where the text behind the tag begins.</summary>
    public int Scan(int at, TokenKind end)
    {
        Stack<char> open = new();
        string close = end == TokenKind.BlockEnd ? "%}" : "}}";
        while (at < source.Length)
        {
            if (CharacterClass.IsSpace(source[at]))
            {
                at++;
            }
            else if (open.Count == 0 && EndOfTag(at, close) is { } behind)
            {
                tokens.Add(new(end, close, lines.At(at)));
                return behind;
            }
            else
            {
                at = Token(at, open);
            }
        }

        throw Error(at, $"unexpected end of template, expected '{close}'");
    }

    /// <summary>Where the text behind a tag begins that ends there with that sign.</summary>
    public int AfterEnd(int at, char sign, bool trimsNewline)
    {
        if (sign == '-')
        {
            while (at < source.Length && CharacterClass.IsSpace(source[at]))
                at++;
        }
        else if (trimsNewline && sign != '+' && at < source.Length && source[at] == '\n')
        {
            at++;
        }

        return at;
    }

    private int? EndOfTag(int at, string close)
    {
        bool isBlock = close == "%}";
        char sign = source[at] is '-' || (isBlock && source[at] is '+') ? source[at] : ' ';
        int tag = sign == ' ' ? at : at + 1;
        return string.CompareOrdinal(source, tag, close, 0, 2) == 0 ? AfterEnd(tag + 2, sign, trimsNewline: isBlock) : null;
    }

    private int Token(int at, Stack<char> open)
    {
        char first = source[at];
        if (char.IsAsciiDigit(first) && Number(at) is { } number)
            return Add(TokenKind.Float == number.Kind ? TokenKind.Float : TokenKind.Integer, number.Text, at, number.Text.Length);
        if (first == '_' || CharacterClass.IsWord(char.IsSurrogatePair(source, at) ? char.ConvertToUtf32(source, at) : first))
            return Name(at);
        if (first is '\'' or '"')
            return String(at, first);
        string? symbol = Operators.FirstOrDefault(o => string.CompareOrdinal(source, at, o, 0, o.Length) == 0)
            ?? throw Error(at, $"unexpected char {StringLiteral.Quote(first)}");
        Balance(symbol[0], at, open);
        return Add(TokenKind.Operator, symbol, at, symbol.Length);
    }

    private void Balance(char symbol, int at, Stack<char> open)
    {
        switch (symbol)
        {
            case '(':
                open.Push(')');
                break;
            case '[':
                open.Push(']');
                break;
            case '{':
                open.Push('}');
                break;
            case ')' or ']' or '}' when open.Count == 0:
                throw Error(at, $"unexpected '{symbol}'");
            case ')' or ']' or '}' when open.Pop() is var expected && expected != symbol:
                throw Error(at, $"unexpected '{symbol}', expected '{expected}'");
        }
    }

    private (TokenKind Kind, string Text)? Number(int at)
    {
        bool followsDot = at > 0 && source[at - 1] == '.';
        Match match = followsDot ? Match.Empty : FloatPattern().Match(source, at);
        if (match.Success)
            return (TokenKind.Float, match.Value);
        match = IntegerPattern().Match(source, at);
        return match.Success ? (TokenKind.Integer, match.Value) : null;
    }

    private int Name(int at)
    {
        int end = at;
        while (end < source.Length && IsNamePart(end, out int width))
            end += width;
        string name = source[at..end];
        if (CharacterClass.IsNumeric(CodePoints.Of(name).First()))
            throw Error(at, "Invalid character in identifier");
        return Add(TokenKind.Name, name, at, name.Length);
    }

    private bool IsNamePart(int at, out int width)
    {
        width = char.IsSurrogatePair(source, at) ? 2 : 1;
        int c = width == 2 ? char.ConvertToUtf32(source, at) : source[at];
        return CharacterClass.IsWord(c) || CharacterClass.Category(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
    }

    private int String(int at, char quote)
    {
        int end = at + 1;
        while (end < source.Length && source[end] != quote)
            end += source[end] == '\\' ? 2 : 1;
        if (end >= source.Length)
            throw Error(at, $"unexpected char {StringLiteral.Quote(quote)}");
        string text = StringLiteral.Decode(source.AsSpan(at + 1, end - at - 1)) ?? throw Error(at, "a string has an escape that is cut short or names no character");
        tokens.Add(new(TokenKind.String, text, lines.At(at)));
        return end + 1;
    }

    private int Add(TokenKind kind, string text, int at, int length)
    {
        tokens.Add(new(kind, text, lines.At(at)));
        return at + length;
    }

    private TemplateException Error(int at, string reason) => new(TemplateErrorKind.Syntax, reason, lines.At(at));

    [GeneratedRegex(@"\G(?:[0-9]+_)*[0-9]+(?:(?:\.(?:[0-9]+_)*[0-9]+)?e[+-]?(?:[0-9]+_)*[0-9]+|\.(?:[0-9]+_)*[0-9]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex FloatPattern();

    [GeneratedRegex(@"\G(?:0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?[0-9])*|0(?:_?0)*)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex IntegerPattern();
}
