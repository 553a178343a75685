namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>Braces of LaTeX. Those of <c>\frac{a}{b}</c> become <c>((a)/(b))</c>, all others mean nothing to arithmetic.</summary>
internal sealed class LatexGroups
{
    private enum Group
    {
        Plain,
        Numerator,
        Denominator,
    }

    private readonly Stack<Group> _open = [];
    private Group _next = Group.Plain;

    /// <summary>Two groups follow, numerator and denominator.</summary>
    public void BeginFraction(List<Token> tokens, int at)
    {
        tokens.Add(new(TokenKind.Open, at, at));
        _next = Group.Numerator;
    }

    public void Open(List<Token> tokens, int at)
    {
        _open.Push(_next);
        if (_next != Group.Plain)
            tokens.Add(new(TokenKind.Open, at, at + 1));
        _next = Group.Plain;
    }

    public void Close(List<Token> tokens, int at)
    {
        if (!_open.TryPop(out Group group) || group == Group.Plain)
            return;
        tokens.Add(new(TokenKind.Close, at, at + 1));
        tokens.Add(new(group == Group.Numerator ? TokenKind.Divide : TokenKind.Close, at + 1, at + 1));
        if (group == Group.Numerator)
            _next = Group.Denominator;
    }
}
