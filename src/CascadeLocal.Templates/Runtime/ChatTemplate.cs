using CascadeLocal.Templates.Builtins;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Runtime;

/// <summary>
/// A chat template: Jinja as Hugging Face transformers runs it. Parsed once; rendering changes nothing in it, so that any number
/// of threads may render at once. docs/chat-templates.md says what is supported.
/// </summary>
public sealed class ChatTemplate
{
    private readonly Block _root;

    private ChatTemplate(Block root) => _root = root;

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">Its syntax is wrong, or it uses a filter, test or tag that does not exist.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Block root = Parser.Parse(source);
        BuiltinCheck.Run(root);
        return new(root);
    }

    /// <summary>The text that the template makes of the variables, and who wrote which part of it.</summary>
    /// <param name="variables">messages, tools, add_generation_prompt and so on; a name that is absent is undefined.</param>
    /// <param name="options">The bounds and the clock; null for <see cref="RenderOptions.Default"/>.</param>
    /// <param name="cancellation">Ends the rendering within microseconds.</param>
    /// <exception cref="TemplateException">It raised an exception, did what Python refuses, or reached a bound.</exception>
    public RenderedText Render(
        IReadOnlyDictionary<string, Value> variables, RenderOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(variables);
        Rendering rendering = new(options ?? RenderOptions.Default, cancellation);
        Scope globals = Globals.Scope();
        foreach ((string name, Value value) in variables)
            globals.Set(name, value);
        try
        {
            return Interpreter.Run(_root, rendering, globals);
        }
        catch (TemplateException failure)
        {
            throw failure.At(rendering.Position);
        }
    }
}
