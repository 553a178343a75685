namespace CascadeLocal.Templates;

/// <summary>A rendered prompt that knows what in it the template wrote and what came with the variables.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Parts">All of it, in order; neighbours are of different origin.</param>
public sealed record RenderedText(string Text, IReadOnlyList<TextPart> Parts);

/// <summary>A part of a text, in UTF-16 units.</summary>
public readonly record struct TextPart(int Start, int Length, TextOrigin Origin);

/// <summary>Who wrote a part of a prompt.</summary>
public enum TextOrigin
{
    /// <summary>The template, or whoever runs it: what <see cref="Values.Value.Of(string)"/> made.</summary>
    Template,

    /// <summary>Whoever talks to the model: what <see cref="Values.Value.Data(string)"/> made, whole, in pieces or changed.</summary>
    Data,

    /// <summary>Both, in a way that could not be followed, such as a format string of the template that was filled with data.</summary>
    Unclear,
}

/// <summary>
/// What one rendering may use, and the clock it sees. Every bound ends in a <see cref="TemplateException"/> of kind
/// <see cref="TemplateErrorKind.Exceeded"/>; none depends on the speed of the machine.
/// </summary>
public sealed record RenderOptions
{
    /// <summary>The bounds that serve published templates with room to spare.</summary>
    public static RenderOptions Default { get; } = new();

    /// <summary>The most steps: one for each expression and statement that is run, and one for each 64 units of text or data touched.</summary>
    public long MaxSteps { get; init; } = 20_000_000;

    /// <summary>The most UTF-16 units of the result, and of any string on the way.</summary>
    public int MaxCharacters { get; init; } = 32 * 1024 * 1024;

    /// <summary>The most UTF-16 units of all strings made on the way; an element of a list counts as 32.</summary>
    public long MaxAllocated { get; init; } = 256L * 1024 * 1024;

    /// <summary>The most elements of a list, a range or a dict.</summary>
    public int MaxElements { get; init; } = 1_000_000;

    /// <summary>The deepest chain of expressions and statements that are being run at once; a call of a macro is about ten.</summary>
    public int MaxDepth { get; init; } = 1_500;

    /// <summary>What <c>strftime_now</c> reads, as local time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
