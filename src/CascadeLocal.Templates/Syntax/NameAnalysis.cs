using System.Collections.Frozen;

namespace CascadeLocal.Templates.Syntax;

/// <summary>
/// Jinja decides before rendering which scope a name belongs to. A name whose first mention in a scope sets it is that scope's
/// own: inner scopes and macros see it as undefined until it is set, even if a variable of that name is given. A name that is
/// read first, or set on some branches of an if only, starts as what is around it.
/// </summary>
internal sealed class NameAnalysis
{
    private readonly List<(Block Body, IEnumerable<string> Declared, IEnumerable<Expression> Read)> _inner = [];
    private HashSet<string> _mentioned;
    private HashSet<string> _stored = [];
    private HashSet<string> _storedFirst = [];

    private NameAnalysis(IEnumerable<string> declared) => _mentioned = [.. declared];

    public static void Run(Block root) => Run(root, [], [], new HashSet<string>());

    /// <summary>Every name that is read in a block or deeper.</summary>
    public static IEnumerable<string> NamesIn(Block block) => block.Statements.SelectMany(s =>
        s.Expressions.SelectMany(NamesIn).Concat(s.Bodies.SelectMany(NamesIn)));

    private static IEnumerable<string> NamesIn(Expression expression) =>
        expression is Name name ? [name.Text] : expression.Children.SelectMany(NamesIn);

    private static void Run(Block scope, IEnumerable<string> declared, IEnumerable<Expression> read, IReadOnlySet<string> outer)
    {
        NameAnalysis names = new(declared);
        foreach (Expression expression in read)
            names.Read(expression);
        names.Visit(scope);
        scope.Hidden = names._storedFirst.Except(outer).ToFrozenSet();
        HashSet<string> known = [.. outer, .. names._mentioned];
        foreach ((Block body, IEnumerable<string> own, IEnumerable<Expression> first) in names._inner)
            Run(body, own, first, known);
    }

    private void Visit(Block block)
    {
        foreach (Statement statement in block.Statements)
            Visit(statement);
    }

    private void Visit(Statement statement)
    {
        switch (statement)
        {
            case If choice:
                VisitIf(choice);
                break;
            case For loop:
                Read(loop.Iterable);
                Inner(loop.Body, TargetParser.Names(loop.Target).Append("loop"));
                Inner(loop.Otherwise, []);
                break;
            case Macro macro:
                Store(macro.Body.Name!);
                Inner(macro.Body);
                break;
            case CallBlock call:
                Read(call.Call);
                Inner(call.Caller);
                break;
            case With with:
                foreach (Expression value in with.Expressions)
                    Read(value);
                Inner(with.Body, with.Assignments.SelectMany(a => TargetParser.Names(a.Target)));
                break;
            case AssignBlock assign:
                Store(assign.Target);
                Inner(assign.Body, []);
                break;
            default:
                foreach (Expression expression in statement.Expressions)
                    Read(expression);
                if (statement is Assign { Target: var target })
                    Store(target);
                foreach (Block body in statement.Bodies)
                    Inner(body, []);
                break;
        }
    }

    /// <summary>Of what its sides set, only that is the scope's own which all three do (elif counts as one) and else begins with.</summary>
    private void VisitIf(If choice)
    {
        Read(choice.Branches[0].Test);
        (HashSet<string> mentioned, HashSet<string> stored, HashSet<string> storedFirst) = (_mentioned, _stored, _storedFirst);
        HashSet<string> everywhere = Side(() => Visit(choice.Branches[0].Body));
        everywhere.IntersectWith(Side(() =>
        {
            foreach ((Expression test, Block body) in choice.Branches.Skip(1))
            {
                Read(test);
                Visit(body);
            }
        }));
        Side(() => Visit(choice.Otherwise));
        everywhere.IntersectWith(_storedFirst);
        (_mentioned, _stored, _storedFirst) = (mentioned, stored, [.. storedFirst, .. everywhere]);

        HashSet<string> Side(Action visit)
        {
            (_mentioned, _stored, _storedFirst) = ([.. mentioned], [.. stored], []);
            visit();
            HashSet<string> set = _stored;
            mentioned.UnionWith(_mentioned);
            return set;
        }
    }

    private void Inner(Block body, IEnumerable<string> declared, IEnumerable<Expression>? read = null) => _inner.Add((body, declared, read ?? []));

    private void Inner(MacroBody macro) => Inner(macro.Body, macro.Parameters.Concat(macro.Specials), macro.Defaults);

    private void Read(Expression expression) => _mentioned.UnionWith(NamesIn(expression));

    private void Store(Expression target)
    {
        if (target is NamespaceRef space)
            _mentioned.Add(space.Namespace);
        foreach (string name in TargetParser.Names(target))
            Store(name);
    }

    private void Store(string name)
    {
        _stored.Add(name);
        if (_mentioned.Add(name))
            _storedFirst.Add(name);
    }
}
