using CascadeLocal.Templates.Syntax;

namespace CascadeLocal.Templates.Builtins;

/// <summary>
/// Finds filters and tests that do not exist. As in Jinja, one that an if decides about (statement or expression) is an error
/// only when it is reached, so that a template can ask for what is there; the body of a loop or macro in an if counts again.
/// </summary>
internal static class BuiltinCheck
{
    public static void Run(Block block, bool isConditional = false)
    {
        foreach (Statement statement in block.Statements)
            Run(statement, isConditional);
    }

    private static void Run(Statement statement, bool isConditional)
    {
        bool isIf = statement is If;
        foreach (Expression expression in statement.Expressions)
            Run(expression, (isConditional && IsOfTheScope(statement, expression)) || isIf);
        foreach (Block body in statement.Bodies)
            Run(body, isIf);
    }

    private static bool IsOfTheScope(Statement statement, Expression expression) => statement switch
    {
        For loop => ReferenceEquals(expression, loop.Iterable),
        CallBlock call => ReferenceEquals(expression, call.Call),
        Macro or FilterBlock or AssignBlock => false,
        _ => true,
    };

    private static void Run(Expression expression, bool isConditional)
    {
        isConditional |= expression is CondExpr;
        foreach (Expression child in expression.Children)
            Run(child, isConditional);
        if (isConditional)
            return;
        if (expression is Filter filter && Filters.Find(filter.Name) is null)
            throw TokenStream.Error(Filters.Unknown(filter.Name), filter.Position);
        if (expression is Test test && Tests.Find(test.Name) is null)
            throw TokenStream.Error(Tests.Unknown(test.Name), test.Position);
    }
}
