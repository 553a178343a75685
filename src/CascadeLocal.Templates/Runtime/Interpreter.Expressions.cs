using CascadeLocal.Templates.Builtins;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Runtime;

internal sealed partial class Interpreter
{
    /// <summary>An expression in another scope: a default of a macro's parameter.</summary>
    public Value Evaluate(Expression expression, Scope scope)
    {
        (Scope outer, _scope) = (_scope, scope);
        Value value = Evaluate(expression);
        _scope = outer;
        return value;
    }

    private Value Evaluate(Expression expression)
    {
        rendering.Enter();
        rendering.Step();
        rendering.Position = expression.Position;
        Value value = expression switch
        {
            Const constant => constant.Value,
            Name name => _scope.Find(name.Text),
            Getattr attribute => Members.Getattr(Evaluate(attribute.Target), attribute.Attribute),
            Getitem item => EvaluateItem(item),
            Call call => EvaluateCall(call),
            Filter filter => ApplyFilter(filter, Evaluate(filter.Target!)),
            Test test => EvaluateTest(test),
            Binary binary => EvaluateBinary(binary),
            Concat concat => EvaluateConcat(concat),
            Compare compare => EvaluateCompare(compare),
            And and => Evaluate(and.Left) is { IsTrue: false } left ? left : Evaluate(and.Right),
            Or or => Evaluate(or.Left) is { IsTrue: true } left ? left : Evaluate(or.Right),
            Not not => Value.Of(!Evaluate(not.Operand).IsTrue),
            CondExpr choice => EvaluateChoice(choice),
            Unary { Operator: "-" } unary => Arithmetic.Negate(Evaluate(unary.Operand)),
            Unary unary => Arithmetic.Plus(Evaluate(unary.Operand)),
            ListExpression list => new ListValue(EvaluateAll(list.Items)),
            TupleExpression tuple => new TupleValue(EvaluateAll(tuple.Items)),
            DictExpression dict => EvaluateDict(dict),
            _ => throw new InvalidOperationException(expression.GetType().Name),
        };
        rendering.Leave();
        return value;
    }

    private Value[] EvaluateAll(IReadOnlyList<Expression> expressions)
    {
        rendering.AllocateElements(expressions.Count);
        return [.. expressions.Select(Evaluate)];
    }

    private DictValue EvaluateDict(DictExpression dict)
    {
        rendering.AllocateElements(dict.Entries.Count);
        return new(dict.Entries.Select(e => KeyValuePair.Create(Evaluate(e.Key), Evaluate(e.Value))));
    }

    private Value EvaluateItem(Getitem item)
    {
        Value target = Evaluate(item.Target);
        if (item.Index is not Slice slice)
            return Members.Getitem(rendering, target, Evaluate(item.Index));
        return Slicing.Slice(rendering, target, Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step));

        Value Bound(Expression? bound) => bound is null ? Value.None : Evaluate(bound);
    }

    private Value EvaluateBinary(Binary binary)
    {
        Value left = Evaluate(binary.Left);
        return Operators.Apply(rendering, binary.Operator, left, Evaluate(binary.Right));
    }

    private StringValue EvaluateConcat(Concat concat)
    {
        TracedText text = new();
        foreach (Expression item in concat.Items)
        {
            text.Append(rendering.Printed(Evaluate(item)));
            rendering.Allocate(text.Length, 0);
        }

        rendering.Allocate(text.Length);
        return text.ToValue();
    }

    private BooleanValue EvaluateCompare(Compare compare)
    {
        Value left = Evaluate(compare.First);
        foreach ((string sign, Expression operand) in compare.Rest)
        {
            Value right = Evaluate(operand);
            if (!Operators.Compare(rendering, sign, left, right))
                return BooleanValue.False;
            left = right;
        }

        return BooleanValue.True;
    }

    private Value EvaluateChoice(CondExpr choice)
    {
        if (Evaluate(choice.Test).IsTrue)
            return Evaluate(choice.Then);
        return choice.Otherwise is null
            ? new Undefined("the inline if-expression evaluated to false and no else section was defined.")
            : Evaluate(choice.Otherwise);
    }

    private Value EvaluateCall(Call call, MacroValue? caller = null)
    {
        Value target = Evaluate(call.Target);
        Arguments arguments = EvaluateArguments(call.Arguments, caller);
        rendering.Position = call.Position;
        return target switch
        {
            CallableValue callable => callable.Call(rendering, arguments),
            Undefined undefined => throw undefined.Failure(),
            _ => throw TemplateException.Failed($"'{target.TypeName}' object is not callable"),
        };
    }

    private Value ApplyFilter(Filter filter, Value value)
    {
        Arguments arguments = EvaluateArguments(filter.Arguments);
        rendering.Position = filter.Position;
        return (Filters.Find(filter.Name) ?? throw TemplateException.Failed(Filters.Unknown(filter.Name)))
            .Apply(rendering, value, arguments);
    }

    private Value EvaluateTest(Test test)
    {
        Value target = Evaluate(test.Target);
        Arguments arguments = EvaluateArguments(test.Arguments);
        rendering.Position = test.Position;
        return (Tests.Find(test.Name) ?? throw TemplateException.Failed(Tests.Unknown(test.Name))).Apply(rendering, target, arguments);
    }

    private Arguments EvaluateArguments(ArgumentList list, MacroValue? caller = null)
    {
        if (ReferenceEquals(list, ArgumentList.Empty) && caller is null)
            return Arguments.None;
        List<Value> positional = [.. list.Positional.Select(Evaluate)];
        Dictionary<string, Value> keywords = [];
        foreach ((string name, Expression value) in list.Keywords)
            keywords[name] = Evaluate(value);
        if (caller is not null)
            keywords["caller"] = caller;
        if (list.Star is not null)
            positional.AddRange(rendering.ToList(Evaluate(list.Star)));
        if (list.StarStar is not null)
            AddKeywords(Evaluate(list.StarStar), keywords);
        return new(positional, keywords);
    }

    private static void AddKeywords(Value mapping, Dictionary<string, Value> keywords)
    {
        if (mapping is not DictValue dict)
            throw TemplateException.Failed($"argument after ** must be a mapping, not {mapping.TypeName}");
        foreach ((Value key, Value value) in dict.Entries)
        {
            if (key is not StringValue name)
                throw TemplateException.Failed("keywords must be strings");
            if (!keywords.TryAdd(name.Text, value))
                throw TemplateException.Failed($"got multiple values for keyword argument '{name.Text}'");
        }
    }
}
