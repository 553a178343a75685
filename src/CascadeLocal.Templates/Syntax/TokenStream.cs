namespace CascadeLocal.Templates.Syntax;

/// <summary>The tokens of a template, read from the front.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Position Position => Current.Position;

    public Token Next() => _at < tokens.Count - 1 ? tokens[_at++] : tokens[_at];

    public Token Peek() => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public bool Is(TokenKind kind) => Current.Kind == kind;

    public bool IsOperator(string text) => Current.Is(TokenKind.Operator, text);

    public bool IsName(string text) => Current.Is(TokenKind.Name, text);

    public bool SkipOperator(string text) => Skip(TokenKind.Operator, text);

    public bool SkipName(string text) => Skip(TokenKind.Name, text);

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
            throw Unexpected($"'{text}'");
    }

    public void ExpectName(string text)
    {
        if (!SkipName(text))
            throw Unexpected($"'{text}'");
    }

    public string ExpectName() => Expect(TokenKind.Name, "a name").Text;

    public Token Expect(TokenKind kind, string what) => Is(kind) ? Next() : throw Unexpected(what);

    public TemplateException Unexpected(string expected) => Error($"expected {expected}, got {Current}");

    public TemplateException Error(string reason) => Error(reason, Position);

    public static TemplateException Error(string reason, Position position) => new(TemplateErrorKind.Syntax, reason, position);

    private bool Skip(TokenKind kind, string text)
    {
        if (!Current.Is(kind, text))
            return false;
        _at++;
        return true;
    }
}
