namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>
/// The value of an arithmetic expression, by precedence: sums, products, signs, powers, groups. Words between numbers and
/// operators are units and mean nothing.
/// </summary>
internal ref struct Expression
{
    private const int MaximumDepth = 32;

    private readonly ReadOnlySpan<Token> _tokens;
    private readonly double _percent;
    private int _at;
    private int _depth;

    private Expression(ReadOnlySpan<Token> tokens, double percent)
    {
        _tokens = tokens;
        _percent = percent;
    }

    /// <summary>The value, or NaN where the tokens are no expression or it has no finite value.</summary>
    /// <param name="tokens">All of them belong to the expression.</param>
    /// <param name="percent">What one per cent counts: 0.01, or 1 for those who write 40 % of 100 % as 40 of 100.</param>
    public static double Evaluate(ReadOnlySpan<Token> tokens, double percent = 0.01)
    {
        Expression expression = new(tokens, percent);
        double value = expression.Sum();
        return expression.Peek() is null && double.IsFinite(value) ? value : double.NaN;
    }

    private Token? Peek()
    {
        while (_at < _tokens.Length && _tokens[_at].Kind == TokenKind.Word)
            _at++;
        return _at < _tokens.Length ? _tokens[_at] : null;
    }

    private double Sum()
    {
        double sum = Product();
        while (Peek() is { Kind: TokenKind.Plus or TokenKind.Minus } token)
        {
            _at++;
            double term = Product();
            sum += token.Kind == TokenKind.Plus ? term : -term;
        }

        return sum;
    }

    private double Product()
    {
        double product = Signed();
        while (Peek() is { Kind: TokenKind.Times or TokenKind.Divide or TokenKind.Open } token)
        {
            // A group right after a number multiplies: 2(3 + 4).
            if (token.Kind != TokenKind.Open)
                _at++;
            double factor = Signed();
            product = token.Kind == TokenKind.Divide ? product / factor : product * factor;
        }

        return product;
    }

    private double Signed()
    {
        bool isNegative = false;
        while (Peek() is { Kind: TokenKind.Minus or TokenKind.Plus } token)
        {
            isNegative ^= token.Kind == TokenKind.Minus;
            _at++;
        }

        double value = Primary();
        if (Peek() is { Kind: TokenKind.Power })
        {
            _at++;
            value = Math.Pow(value, Primary());
        }

        return isNegative ? -value : value;
    }

    private double Primary()
    {
        if (Peek() is not { } token)
            return double.NaN;
        _at++;
        if (token.Kind == TokenKind.Number)
            return token.IsPercent ? token.Value * _percent : token.Value;
        if (token.Kind != TokenKind.Open || ++_depth > MaximumDepth)
            return double.NaN;
        double value = Sum();
        _depth--;
        bool isClosed = Peek() is { Kind: TokenKind.Close };
        _at++;
        return isClosed ? value : double.NaN;
    }
}
