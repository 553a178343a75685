using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Runtime;

/// <summary>How a block ended: at its end, or in a break or continue of the loop around it.</summary>
internal enum Completion
{
    Normal,
    Break,
    Continue,
}

/// <summary>Runs one rendering. This part does the statements.</summary>
internal sealed partial class Interpreter(Rendering rendering, Scope variables)
{
    private TracedText _output = new();
    private Scope _scope = variables;

    public static RenderedText Run(Block template, Rendering rendering, Scope variables)
    {
        Interpreter interpreter = new(rendering, new Scope(variables, template));
        interpreter.Execute(template);
        return interpreter._output.ToRendered();
    }

    /// <summary>Runs the body of a macro in a scope that has its arguments.</summary>
    public StringValue Run(MacroBody macro, Scope scope)
    {
        rendering.Enter();
        (Scope outer, _scope) = (_scope, scope);
        StringValue text = Capture(macro.Body, out _);
        _scope = outer;
        rendering.Leave();
        return text;
    }

    private Completion Execute(Block block)
    {
        foreach (Statement statement in block.Statements)
        {
            rendering.Step();
            rendering.Position = statement.Position;
            Completion completion = Execute(statement);
            if (completion != Completion.Normal)
                return completion;
        }

        return Completion.Normal;
    }

    private Completion Execute(Statement statement)
    {
        switch (statement)
        {
            case TemplateData data:
                Write(data.Value);
                return Completion.Normal;
            case Output output:
                Write(rendering.Printed(Evaluate(output.Expression)));
                return Completion.Normal;
            case If choice:
                return ExecuteIf(choice);
            case For loop:
                return RunLoop(loop, Evaluate(loop.Iterable), _scope, depth: 0);
            case Assign assign:
                Set(assign.Target, Evaluate(assign.Value));
                return Completion.Normal;
            case AssignBlock assign:
                return ExecuteAssignBlock(assign);
            case Macro macro:
                _scope.Set(macro.Body.Name!, new MacroValue(this, macro.Body, _scope));
                return Completion.Normal;
            case CallBlock call:
                Write(RequireText(EvaluateCall(call.Call, new MacroValue(this, call.Caller, _scope))));
                return Completion.Normal;
            case FilterBlock filter:
                return ExecuteFilterBlock(filter);
            case With with:
                return ExecuteWith(with);
            case ScopedBlock scoped:
                return ExecuteScoped(scoped.Body);
            case ExprStmt expression:
                Evaluate(expression.Expression);
                return Completion.Normal;
            case Break:
                return Completion.Break;
            case Continue:
                return Completion.Continue;
            default:
                throw new InvalidOperationException(statement.GetType().Name);
        }
    }

    private Completion ExecuteIf(If choice)
    {
        Block chosen = choice.Otherwise;
        foreach ((Expression test, Block body) in choice.Branches)
        {
            if (!Evaluate(test).IsTrue)
                continue;
            chosen = body;
            break;
        }

        rendering.Enter();
        Completion completion = Execute(chosen);
        rendering.Leave();
        return completion;
    }

    private Completion ExecuteScoped(Block body, Scope? scope = null)
    {
        rendering.Enter();
        Scope outer = _scope;
        _scope = scope ?? new Scope(outer, body);
        Completion completion = Execute(body);
        _scope = outer;
        rendering.Leave();
        return completion;
    }

    private Completion ExecuteWith(With with)
    {
        Scope scope = new(_scope, with.Body);
        foreach ((Expression target, Expression expression) in with.Assignments)
        {
            Value value = Evaluate(expression);
            (Scope outer, _scope) = (_scope, scope);
            Set(target, value);
            _scope = outer;
        }

        return ExecuteScoped(with.Body, scope);
    }

    private Completion ExecuteAssignBlock(AssignBlock assign)
    {
        Value value = Capture(assign.Body, out Completion completion);
        if (completion == Completion.Normal)
            Set(assign.Target, assign.Filters.Aggregate(value, (v, filter) => ApplyFilter(filter, v)));
        return completion;
    }

    private Completion ExecuteFilterBlock(FilterBlock filter)
    {
        Value value = Capture(filter.Body, out Completion completion);
        if (completion == Completion.Normal)
            Write(RequireText(filter.Filters.Aggregate(value, (v, f) => ApplyFilter(f, v))));
        return completion;
    }

    /// <summary>What filter and call blocks give is not printed: Jinja joins it to the rest as it is.</summary>
    private static StringValue RequireText(Value value) => value is StringValue text
        ? text
        : throw TemplateException.Failed($"sequence item: expected str instance, {value.TypeName} found");

    /// <summary>What a body outputs.</summary>
    private StringValue Capture(Block body, out Completion completion)
    {
        TracedText outer = BeginCapture();
        completion = ExecuteScoped(body);
        return EndCapture(outer);
    }

    private TracedText BeginCapture()
    {
        (TracedText outer, _output) = (_output, new());
        return outer;
    }

    private StringValue EndCapture(TracedText outer)
    {
        StringValue text = _output.ToValue();
        _output = outer;
        rendering.Allocate(text.Text.Length);
        return text;
    }

    private void Write(StringValue text)
    {
        rendering.Allocate(_output.Length + (long)text.Text.Length, text.Text.Length);
        _output.Append(text);
    }

    private void Set(Expression target, Value value)
    {
        switch (target)
        {
            case Name name:
                _scope.Set(name.Text, value);
                break;
            case NamespaceRef reference:
                if (_scope.Find(reference.Namespace) is not NamespaceValue space)
                    throw TemplateException.Failed("cannot assign attribute on non-namespace object");
                space.Set(reference.Attribute, value);
                break;
            case TupleExpression tuple:
                Unpack(tuple, value);
                break;
        }
    }

    private void Unpack(TupleExpression targets, Value value)
    {
        if (value.Elements is null)
            throw TemplateException.Failed($"cannot unpack non-iterable {value.TypeName} object");
        Value[] elements = [.. rendering.Iterate(value).Take(targets.Items.Count + 1)];
        if (elements.Length > targets.Items.Count)
            throw TemplateException.Failed($"too many values to unpack (expected {targets.Items.Count})");
        if (elements.Length < targets.Items.Count)
            throw TemplateException.Failed($"not enough values to unpack (expected {targets.Items.Count}, got {elements.Length})");
        foreach ((Expression target, Value element) in targets.Items.Zip(elements))
            Set(target, element);
    }

    /// <param name="definition">The scope around the loop, which a recursive call keeps.</param>
    /// <param name="depth">How many calls of the loop are around this one.</param>
    private Completion RunLoop(For node, Value iterable, Scope definition, int depth)
    {
        IEnumerable<Value> elements = rendering.Iterate(iterable);
        if (node.Test is not null)
            elements = Kept(node, elements, definition);
        Func<Value, StringValue>? recurse = node.IsRecursive ? inner => CaptureLoop(node, inner, definition, depth + 1) : null;
        LoopValue loop = new(elements, node.Test is null ? iterable.Length : null, depth, recurse);
        rendering.Enter();
        Scope outer = _scope;
        bool hasFinished = false;
        while (loop.MoveNext())
        {
            _scope = new Scope(definition, node.Body);
            _scope.Set("loop", loop);
            Set(node.Target, loop.Current);
            Completion completion = Execute(node.Body);
            if (completion == Completion.Break)
                break;
            hasFinished |= completion == Completion.Normal;
        }

        _scope = outer;
        rendering.Leave();
        // Jinja notes at the end of the body that there was a round: one that break or continue cut short does not count.
        return hasFinished ? Completion.Normal : ExecuteScoped(node.Otherwise, new Scope(definition, node.Otherwise));
    }

    private StringValue CaptureLoop(For node, Value iterable, Scope definition, int depth)
    {
        rendering.Enter();
        TracedText outer = BeginCapture();
        RunLoop(node, iterable, definition, depth);
        rendering.Leave();
        return EndCapture(outer);
    }

    /// <summary>The elements for which the loop's test holds, asked when their turn comes.</summary>
    private IEnumerable<Value> Kept(For node, IEnumerable<Value> elements, Scope definition)
    {
        foreach (Value element in elements)
        {
            (Scope outer, _scope) = (_scope, new Scope(definition));
            Set(node.Target, element);
            bool isKept = Evaluate(node.Test!).IsTrue;
            _scope = outer;
            if (isKept)
                yield return element;
        }
    }
}
