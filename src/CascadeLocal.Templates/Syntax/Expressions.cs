using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Syntax;

/// <summary>A node of the syntax tree that has a value. The names are those of Jinja's own tree.</summary>
internal abstract record Expression(Position Position)
{
    /// <summary>The expressions in it, in the order in which they are written.</summary>
    public virtual IEnumerable<Expression> Children => [];

    /// <summary>How deep the tree is here; the parser keeps it small.</summary>
    public int Height { get; set; } = 1;
}

internal sealed record Const(Position Position, Value Value) : Expression(Position);

internal sealed record Name(Position Position, string Text) : Expression(Position);

/// <summary>The target of <c>{% set ns.name = ... %}</c>.</summary>
internal sealed record NamespaceRef(Position Position, string Namespace, string Attribute) : Expression(Position);

internal sealed record TupleExpression(Position Position, IReadOnlyList<Expression> Items) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Items;
}

internal sealed record ListExpression(Position Position, IReadOnlyList<Expression> Items) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Items;
}

internal sealed record DictExpression(Position Position, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Entries.SelectMany(e => new[] { e.Key, e.Value });
}

/// <summary><c>then if test else otherwise</c>; without else it is undefined.</summary>
internal sealed record CondExpr(Position Position, Expression Test, Expression Then, Expression? Otherwise) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Otherwise is null ? [Test, Then] : [Test, Then, Otherwise];
}

internal sealed record Not(Position Position, Expression Operand) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Operand];
}

internal sealed record And(Position Position, Expression Left, Expression Right) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Left, Right];
}

internal sealed record Or(Position Position, Expression Left, Expression Right) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Left, Right];
}

/// <summary>+ or - before its operand.</summary>
internal sealed record Unary(Position Position, string Operator, Expression Operand) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Operand];
}

/// <summary>+ - * / // % or ** between its operands.</summary>
internal sealed record Binary(Position Position, string Operator, Expression Left, Expression Right) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Left, Right];
}

/// <summary><c>a ~ b ~ c</c>: the texts of all.</summary>
internal sealed record Concat(Position Position, IReadOnlyList<Expression> Items) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Items;
}

/// <summary><c>a &lt; b == c</c>, which holds where each neighbouring pair does.</summary>
internal sealed record Compare(Position Position, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Rest.Select(r => r.Operand).Prepend(First);
}

internal sealed record Getattr(Position Position, Expression Target, string Attribute) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Target];
}

internal sealed record Getitem(Position Position, Expression Target, Expression Index) : Expression(Position)
{
    public override IEnumerable<Expression> Children => [Target, Index];
}

/// <summary><c>start:stop:step</c>, which only an index can be.</summary>
internal sealed record Slice(Position Position, Expression? Start, Expression? Stop, Expression? Step) : Expression(Position)
{
    public override IEnumerable<Expression> Children => new[] { Start, Stop, Step }.OfType<Expression>();
}

/// <summary>What stands between the parentheses of a call, a filter or a test.</summary>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Keywords, Expression? Star, Expression? StarStar)
{
    public static readonly ArgumentList Empty = new([], [], null, null);

    public IEnumerable<Expression> All =>
        Positional.Concat(Keywords.Select(k => k.Value)).Concat(new[] { Star, StarStar }.OfType<Expression>());
}

internal sealed record Call(Position Position, Expression Target, ArgumentList Arguments) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Arguments.All.Prepend(Target);
}

/// <param name="Target">What is filtered; null in a filter block, which filters its body.</param>
internal sealed record Filter(Position Position, Expression? Target, string Name, ArgumentList Arguments) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Target is null ? Arguments.All : Arguments.All.Prepend(Target);
}

internal sealed record Test(Position Position, Expression Target, string Name, ArgumentList Arguments) : Expression(Position)
{
    public override IEnumerable<Expression> Children => Arguments.All.Prepend(Target);
}
