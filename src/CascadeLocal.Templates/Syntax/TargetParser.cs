namespace CascadeLocal.Templates.Syntax;

/// <summary>What can be assigned to: names, tuples of names, attributes of namespaces; and the parameters of macros.</summary>
internal sealed class TargetParser(TokenStream tokens, ExpressionParser expressions)
{
    private static readonly string[] Constants = ["true", "false", "none", "True", "False", "None"];

    /// <summary>One target or, with commas, a tuple of them.</summary>
    public Expression Parse(bool withNamespace = false, int depth = 0)
    {
        Position position = tokens.Position;
        if (depth > 50)
            throw tokens.Error("targets are nested too deeply");
        List<Expression> items = [];
        bool hasComma = false;
        while (tokens.Is(TokenKind.Name) || tokens.IsOperator("("))
        {
            items.Add(ParseOne(withNamespace, depth));
            if (!tokens.SkipOperator(","))
                break;
            hasComma = true;
        }

        if (items.Count == 0)
            throw tokens.Unexpected("a name to assign to");
        return items.Count == 1 && !hasComma ? items[0] : ExpressionParser.Node(new TupleExpression(position, items));
    }

    public string ParseName()
    {
        Token token = tokens.Expect(TokenKind.Name, "a name to assign to");
        return Constants.Contains(token.Text) ? throw TokenStream.Error($"can't assign to '{token.Text}'", token.Position) : token.Text;
    }

    /// <summary><c>(a, b=1)</c>.</summary>
    public (List<string> Names, List<Expression> Defaults) ParseParameters()
    {
        List<string> names = [];
        HashSet<string> known = [];
        List<Expression> defaults = [];
        tokens.ExpectOperator("(");
        while (!tokens.IsOperator(")"))
        {
            if (names.Count > 0)
                tokens.ExpectOperator(",");
            Position position = tokens.Position;
            names.Add(ParseName());
            if (!known.Add(names[^1]))
                throw TokenStream.Error($"duplicate argument '{names[^1]}' in function definition", position);
            if (tokens.SkipOperator("="))
                defaults.Add(expressions.Parse());
            else if (defaults.Count > 0)
                throw tokens.Error("non-default argument follows default argument");
        }

        tokens.Next();
        return (names, defaults);
    }

    /// <summary>The names that a target assigns.</summary>
    public static IEnumerable<string> Names(Expression target) => target switch
    {
        Name name => [name.Text],
        TupleExpression tuple => tuple.Items.SelectMany(Names),
        _ => [],
    };

    private Expression ParseOne(bool withNamespace, int depth)
    {
        Position position = tokens.Position;
        if (tokens.SkipOperator("("))
        {
            Expression inner = Parse(depth: depth + 1);
            tokens.ExpectOperator(")");
            return inner;
        }

        if (!withNamespace || !tokens.Peek().Is(TokenKind.Operator, "."))
            return new Name(position, ParseName());
        string name = ParseName();
        tokens.ExpectOperator(".");
        return new NamespaceRef(position, name, tokens.ExpectName());
    }
}
