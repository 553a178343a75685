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
