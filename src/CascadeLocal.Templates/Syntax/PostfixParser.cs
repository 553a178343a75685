using System.Globalization;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Syntax;

/// <summary>What follows an operand: <c>.name</c>, <c>[index]</c>, <c>(arguments)</c>, <c>| filter</c>, <c>is test</c>.</summary>
internal sealed class PostfixParser(TokenStream tokens, ExpressionParser expressions)
{
    public Expression Parse(Expression operand)
    {
        while (tokens.Is(TokenKind.Operator))
        {
            switch (tokens.Current.Text)
            {
                case ".":
                    operand = ParseAttribute(operand);
                    break;
                case "[":
                    operand = ParseItem(operand);
                    break;
                case "(":
                    operand = ParseCall(operand);
                    break;
                default:
                    return operand;
            }
        }

        return operand;
    }

    public Expression ParseFilters(Expression operand)
    {
        while (true)
        {
            if (tokens.IsOperator("|"))
                operand = ParseFilter(operand);
            else if (tokens.IsName("is"))
                operand = ParseTest(operand);
            else if (tokens.IsOperator("("))
                operand = ParseCall(operand);
            else
                return operand;
        }
    }

    /// <summary>The filter after a bar, or the first one of a filter block, which has no bar before it.</summary>
    public Filter ParseFilter(Expression? operand, bool hasBar = true)
    {
        Position position = tokens.Position;
        if (hasBar)
            tokens.ExpectOperator("|");
        string name = DottedName();
        return ExpressionParser.Node(new Filter(position, operand, name, tokens.IsOperator("(") ? ParseArguments() : ArgumentList.Empty));
    }

    public Call ParseCall(Expression target) => ExpressionParser.Node(new Call(tokens.Position, target, ParseArguments()));

    private Expression ParseAttribute(Expression target)
    {
        Position position = tokens.Next().Position;
        if (tokens.Is(TokenKind.Integer))
        {
            long index = long.Parse(tokens.Next().Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            return ExpressionParser.Node(new Getitem(position, target, new Const(position, Value.Of(index))));
        }

        return ExpressionParser.Node(new Getattr(position, target, tokens.ExpectName()));
    }

    private Getitem ParseItem(Expression target)
    {
        Position position = tokens.Next().Position;
        List<Expression> parts = [];
        bool hasComma = false;
        while (!tokens.IsOperator("]"))
        {
            if (parts.Count > 0)
                tokens.ExpectOperator(",");
            hasComma = parts.Count > 0;
            parts.Add(ParseIndex());
        }

        tokens.Next();
        hasComma |= parts.Count == 0;
        return ExpressionParser.Node(new Getitem(position, target, hasComma ? ExpressionParser.Node(new TupleExpression(position, parts)) : parts[0]));
    }

    private Expression ParseIndex()
    {
        Position position = tokens.Position;
        Expression? start = tokens.IsOperator(":") ? null : expressions.Parse();
        if (start is not null && !tokens.IsOperator(":"))
            return start;
        tokens.ExpectOperator(":");
        Expression? stop = IsSliceEnd() ? null : expressions.Parse();
        Expression? step = tokens.SkipOperator(":") && !IsSliceEnd() ? expressions.Parse() : null;
        return ExpressionParser.Node(new Slice(position, start, stop, step));
    }

    private bool IsSliceEnd() => tokens.IsOperator(":") || tokens.IsOperator("]") || tokens.IsOperator(",");

    private Expression ParseTest(Expression operand)
    {
        Position position = tokens.Next().Position;
        bool isNegated = tokens.SkipName("not");
        string name = DottedName();
        ArgumentList arguments = ArgumentList.Empty;
        if (tokens.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (BeginsArgument())
        {
            if (tokens.IsName("is"))
                throw tokens.Error("You cannot chain multiple tests with is");
            arguments = ArgumentList.Empty with { Positional = [Parse(expressions.ParsePrimary())] };
        }

        Test test = ExpressionParser.Node(new Test(position, operand, name, arguments));
        return isNegated ? ExpressionParser.Node(new Not(position, test)) : test;
    }

    /// <summary>A test's only argument needs no parentheses.</summary>
    private bool BeginsArgument() => tokens.Current.Kind switch
    {
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Name => tokens.Current.Text is not ("else" or "or" or "and"),
        TokenKind.Operator => tokens.Current.Text is "[" or "{",
        _ => false,
    };

    private string DottedName()
    {
        string name = tokens.ExpectName();
        while (tokens.SkipOperator("."))
            name += "." + tokens.ExpectName();
        return name;
    }

    private ArgumentList ParseArguments()
    {
        tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string, Expression)> keywords = [];
        HashSet<string> names = [];
        Expression? star = null, starStar = null;
        bool isFirst = true;
        while (!tokens.IsOperator(")"))
        {
            if (!isFirst)
            {
                tokens.ExpectOperator(",");
                if (tokens.IsOperator(")"))
                    break;
            }

            isFirst = false;
            if (tokens.IsOperator("*") && star is null && starStar is null)
            {
                tokens.Next();
                star = expressions.Parse();
            }
            else if (tokens.IsOperator("**") && starStar is null)
            {
                tokens.Next();
                starStar = expressions.Parse();
            }
            else if (tokens.Is(TokenKind.Name) && tokens.Peek().Is(TokenKind.Operator, "=") && starStar is null)
            {
                string name = tokens.Current.Text;
                if (!names.Add(name))
                    throw tokens.Error($"keyword argument repeated: {name}");
                tokens.Next();
                tokens.Next();
                keywords.Add((name, expressions.Parse()));
            }
            else if (keywords.Count == 0 && star is null && starStar is null)
            {
                positional.Add(expressions.Parse());
            }
            else
            {
                throw tokens.Error("invalid syntax for function call expression");
            }
        }

        tokens.Next();
        return new(positional, keywords, star, starStar);
    }
}
