using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Runtime;

internal sealed partial class Interpreter
{
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
