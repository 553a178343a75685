namespace CascadeLocal.Templates;

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
