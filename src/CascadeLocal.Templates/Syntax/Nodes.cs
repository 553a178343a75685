using System.Collections.Frozen;

using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Syntax;

/// <summary>A node of the syntax tree that does something.</summary>
internal abstract record Statement(Position Position)
{
    /// <summary>The expressions that are evaluated for it, those of its bodies aside. Targets of assignments are none.</summary>
    public virtual IEnumerable<Expression> Expressions => [];

    public virtual IEnumerable<Block> Bodies => [];
}

/// <summary>Statements one after the other.</summary>
internal sealed class Block(IReadOnlyList<Statement> statements)
{
    public static readonly Block Empty = new([]);

    public IReadOnlyList<Statement> Statements { get; } = statements;

    /// <summary>
    /// Where the block has a scope: names that are undefined in it until it sets them, whatever variables of that name are given.
    /// <see cref="NameAnalysis"/> finds them once.
    /// </summary>
    public FrozenSet<string> Hidden { get; set; } = [];
}

/// <summary>Text as it is.</summary>
internal sealed record TemplateData(Position Position, StringValue Value) : Statement(Position);

/// <summary><c>{{ expression }}</c>.</summary>
internal sealed record Output(Position Position, Expression Expression) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => [Expression];
}

/// <summary>The bodies of if, elif and else; the first whose test holds is run. It opens no scope.</summary>
internal sealed record If(Position Position, IReadOnlyList<(Expression Test, Block Body)> Branches, Block Otherwise) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Branches.Select(b => b.Test);

    public override IEnumerable<Block> Bodies => Branches.Select(b => b.Body).Append(Otherwise);
}

/// <param name="Test">Which elements take part, or null for all.</param>
internal sealed record For(
    Position Position, Expression Target, Expression Iterable, Expression? Test, bool IsRecursive, Block Body, Block Otherwise) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Test is null ? [Iterable] : [Iterable, Test];

    public override IEnumerable<Block> Bodies => [Body, Otherwise];
}

/// <summary>The parameters and the body of a macro, or of a call block, which is a macro without a name.</summary>
/// <param name="Defaults">Those of the last parameters.</param>
/// <param name="Specials">Which of varargs, kwargs and caller the body speaks of; a macro that does not refuses them.</param>
internal sealed record MacroBody(
    string? Name, IReadOnlyList<string> Parameters, IReadOnlyList<Expression> Defaults, Block Body, FrozenSet<string> Specials);

internal sealed record Macro(Position Position, MacroBody Body) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Body.Defaults;

    public override IEnumerable<Block> Bodies => [Body.Body];
}

/// <summary><c>{% call(args) macro() %}body{% endcall %}</c>: the macro gets the body as caller.</summary>
internal sealed record CallBlock(Position Position, Call Call, MacroBody Caller) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Caller.Defaults.Prepend(Call);

    public override IEnumerable<Block> Bodies => [Caller.Body];
}

/// <param name="Filters">In the order in which they are applied; they have no target.</param>
internal sealed record FilterBlock(Position Position, IReadOnlyList<Filter> Filters, Block Body) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Filters;

    public override IEnumerable<Block> Bodies => [Body];
}

internal sealed record With(Position Position, IReadOnlyList<(Expression Target, Expression Value)> Assignments, Block Body) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Assignments.Select(a => a.Value);

    public override IEnumerable<Block> Bodies => [Body];
}

/// <summary>A body with a scope of its own and nothing else: what the generation tag is.</summary>
internal sealed record ScopedBlock(Position Position, Block Body) : Statement(Position)
{
    public override IEnumerable<Block> Bodies => [Body];
}

internal sealed record Assign(Position Position, Expression Target, Expression Value) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => [Value];
}

/// <summary><c>{% set target | filter %}body{% endset %}</c>.</summary>
internal sealed record AssignBlock(Position Position, Expression Target, IReadOnlyList<Filter> Filters, Block Body) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => Filters;

    public override IEnumerable<Block> Bodies => [Body];
}

/// <summary><c>{% do expression %}</c>.</summary>
internal sealed record ExprStmt(Position Position, Expression Expression) : Statement(Position)
{
    public override IEnumerable<Expression> Expressions => [Expression];
}

internal sealed record Break(Position Position) : Statement(Position);

internal sealed record Continue(Position Position) : Statement(Position);

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
