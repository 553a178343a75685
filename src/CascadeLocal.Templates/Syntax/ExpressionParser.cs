using System.Globalization;
using System.Numerics;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Syntax;

/// <summary>
/// Expressions, loosest first: a if b else c; or; and; not; comparisons and in; + and -; ~; * / // %; **; signs; then what
/// follows an operand: attributes, items, calls, filters and tests (<see cref="PostfixParser"/>).
/// </summary>
internal sealed class ExpressionParser
{
    private const int MaxHeight = 250;

    private static readonly string[] ComparisonOperators = ["==", "!=", "<", "<=", ">", ">="];

    private readonly TokenStream _tokens;
    private readonly PostfixParser _postfix;
    private int _depth;

    public ExpressionParser(TokenStream tokens)
    {
        _tokens = tokens;
        _postfix = new(tokens, this);
    }

    public PostfixParser Postfix => _postfix;

    /// <summary>Everything that is one expression; without <paramref name="withCondition"/>, no if follows it.</summary>
    public Expression Parse(bool withCondition = true)
    {
        if (++_depth > MaxHeight / 2)
            throw _tokens.Error("expressions are nested too deeply");
        Expression expression = withCondition ? ParseCondition() : ParseOr();
        _depth--;
        return expression;
    }

    /// <summary>An expression or, with commas, a tuple.</summary>
    /// <param name="isEnd">Whether the tuple ends at the token, after a comma too.</param>
    public Expression ParseTuple(bool withCondition = true, Func<bool>? isEnd = null, bool inParentheses = false)
    {
        Position position = _tokens.Position;
        List<Expression> items = [];
        bool hasComma = false;
        while (!IsTupleEnd(isEnd))
        {
            items.Add(Parse(withCondition));
            if (!_tokens.SkipOperator(","))
                break;
            hasComma = true;
        }

        if (items.Count == 0 && !inParentheses)
            throw _tokens.Unexpected("an expression");
        return items.Count == 1 && !hasComma ? items[0] : Node(new TupleExpression(position, items));
    }

    /// <summary>Sets the height of a new node, which must not be too great: what walks the tree does so on the stack.</summary>
    public static T Node<T>(T node)
        where T : Expression
    {
        node.Height = 1 + node.Children.Select(c => c.Height).DefaultIfEmpty().Max();
        return node.Height <= MaxHeight ? node : throw TokenStream.Error("an expression is nested too deeply", node.Position);
    }

    private bool IsTupleEnd(Func<bool>? isEnd) =>
        _tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || _tokens.IsOperator(")") || (isEnd?.Invoke() ?? false);

    private Expression ParseCondition()
    {
        Expression then = ParseOr();
        while (_tokens.IsName("if"))
        {
            Position position = _tokens.Next().Position;
            Expression test = ParseOr();
            Expression? otherwise = _tokens.SkipName("else") ? Parse() : null;
            then = Node(new CondExpr(position, test, then, otherwise));
        }

        return then;
    }

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (_tokens.IsName("or"))
            left = Node(new Or(_tokens.Next().Position, left, ParseAnd()));
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (_tokens.IsName("and"))
            left = Node(new And(_tokens.Next().Position, left, ParseNot()));
        return left;
    }

    private Expression ParseNot()
    {
        if (!_tokens.IsName("not"))
            return ParseCompare();
        Position position = _tokens.Next().Position;
        return Node(new Not(position, Deeper(ParseNot)));
    }

    private Expression ParseCompare()
    {
        Position position = _tokens.Position;
        Expression first = ParseSum();
        List<(string, Expression)> rest = [];
        while (ComparisonOperator() is { } comparison)
            rest.Add((comparison, ParseSum()));
        return rest.Count == 0 ? first : Node(new Compare(position, first, rest));
    }

    private string? ComparisonOperator()
    {
        if (_tokens.Is(TokenKind.Operator) && ComparisonOperators.Contains(_tokens.Current.Text))
            return _tokens.Next().Text;
        if (_tokens.SkipName("in"))
            return "in";
        if (!_tokens.IsName("not") || !_tokens.Peek().Is(TokenKind.Name, "in"))
            return null;
        _tokens.Next();
        _tokens.Next();
        return "not in";
    }

    private Expression ParseSum() => ParseBinary(ParseConcat, "+", "-");

    private Expression ParseConcat()
    {
        Position position = _tokens.Position;
        List<Expression> items = [ParseProduct()];
        while (_tokens.SkipOperator("~"))
            items.Add(ParseProduct());
        return items.Count == 1 ? items[0] : Node(new Concat(position, items));
    }

    private Expression ParseProduct() => ParseBinary(ParsePower, "*", "/", "//", "%");

    private Expression ParsePower() => ParseBinary(() => ParseUnary(), "**");

    private Expression ParseBinary(Func<Expression> parseOperand, params ReadOnlySpan<string> operators)
    {
        Expression left = parseOperand();
        while (_tokens.Is(TokenKind.Operator) && operators.Contains(_tokens.Current.Text))
        {
            Token sign = _tokens.Next();
            left = Node(new Binary(sign.Position, sign.Text, left, parseOperand()));
        }

        return left;
    }

    private Expression ParseUnary(bool withFilter = true)
    {
        Expression operand;
        if (_tokens.IsOperator("-") || _tokens.IsOperator("+"))
        {
            Token sign = _tokens.Next();
            operand = Node(new Unary(sign.Position, sign.Text, Deeper(() => ParseUnary(withFilter: false))));
        }
        else
        {
            operand = ParsePrimary();
        }

        operand = _postfix.Parse(operand);
        return withFilter ? _postfix.ParseFilters(operand) : operand;
    }

    private Expression Deeper(Func<Expression> parse)
    {
        if (++_depth > MaxHeight / 2)
            throw _tokens.Error("expressions are nested too deeply");
        Expression expression = parse();
        _depth--;
        return expression;
    }

    /// <summary>A literal, a name, or something in brackets.</summary>
    public Expression ParsePrimary()
    {
        Token token = _tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                _tokens.Next();
                return token.Text switch
                {
                    "true" or "True" => new Const(token.Position, BooleanValue.True),
                    "false" or "False" => new Const(token.Position, BooleanValue.False),
                    "none" or "None" => new Const(token.Position, NoneValue.Instance),
                    _ => new Name(token.Position, token.Text),
                };
            case TokenKind.String:
                return ParseStrings();
            case TokenKind.Integer:
                _tokens.Next();
                return new Const(token.Position, new IntegerValue(Integer(token)));
            case TokenKind.Float:
                _tokens.Next();
                return new Const(token.Position, new FloatValue(double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)));
            case TokenKind.Operator when _tokens.SkipOperator("("):
                Expression inner = ParseTuple(inParentheses: true);
                _tokens.ExpectOperator(")");
                return inner;
            case TokenKind.Operator when _tokens.SkipOperator("["):
                return Node(new ListExpression(token.Position, ParseItems("]", () => Parse())));
            case TokenKind.Operator when _tokens.SkipOperator("{"):
                return Node(new DictExpression(token.Position, ParseItems("}", ParseEntry)));
            default:
                throw _tokens.Error($"unexpected {token}");
        }
    }

    private (Expression, Expression) ParseEntry()
    {
        Expression key = Parse();
        _tokens.ExpectOperator(":");
        return (key, Parse());
    }

    private List<T> ParseItems<T>(string close, Func<T> parse)
    {
        List<T> items = [];
        while (!_tokens.IsOperator(close))
        {
            if (items.Count > 0)
                _tokens.ExpectOperator(",");
            if (!_tokens.IsOperator(close))
                items.Add(parse());
        }

        _tokens.Next();
        return items;
    }

    /// <summary>Strings side by side are one.</summary>
    private Const ParseStrings()
    {
        Position position = _tokens.Position;
        List<string> parts = [];
        while (_tokens.Is(TokenKind.String))
            parts.Add(_tokens.Next().Text);
        return new(position, Value.Of(string.Concat(parts)));
    }

    private static BigInteger Integer(Token token)
    {
        string digits = token.Text.Replace("_", "", StringComparison.Ordinal);
        int radix = digits.Length < 2 ? 10 : char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 };
        if (digits.Length > NumberText.MaxDigits)
            throw TokenStream.Error($"an integer has more than {NumberText.MaxDigits} digits", token.Position);
        return radix == 10
            ? BigInteger.Parse(digits, CultureInfo.InvariantCulture)
            : digits.Skip(2).Aggregate(BigInteger.Zero, (value, digit) => value * radix + Convert.ToInt32(digit.ToString(), 16));
    }
}
