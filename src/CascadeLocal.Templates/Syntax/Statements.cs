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
