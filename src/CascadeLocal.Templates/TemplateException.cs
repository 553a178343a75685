namespace CascadeLocal.Templates;

/// <summary>Which part of a template's life an error belongs to.</summary>
public enum TemplateErrorKind
{
    /// <summary>The source is no template; found by <see cref="Runtime.ChatTemplate.Parse"/>.</summary>
    Syntax,

    /// <summary>The template called <c>raise_exception</c>; the reason is its message, word for word.</summary>
    Raised,

    /// <summary>An operation that Python or Jinja refuses: a wrong type, an undefined value, an unsafe attribute.</summary>
    Failed,

    /// <summary>A bound of the sandbox was reached.</summary>
    Exceeded,

    /// <summary>The caller's token ended the rendering.</summary>
    Cancelled,
}

/// <summary>A template that cannot be parsed or rendered: the only exception that either of them throws.</summary>
public sealed class TemplateException : Exception
{
    internal TemplateException(TemplateErrorKind kind, string reason, Position position = default, Exception? inner = null)
        : base(position.Line > 0 ? $"line {position.Line}: {reason}" : reason, inner)
    {
        Kind = kind;
        Reason = reason;
        Position = position;
    }

    /// <summary>What sort of error it is.</summary>
    public TemplateErrorKind Kind { get; }

    /// <summary>The error in words, mostly Python's own, without the line.</summary>
    public string Reason { get; }

    /// <summary>The line of the source, from 1; 0 where a value was at fault before anything was rendered.</summary>
    public int Line => Position.Line;

    /// <summary>The column of that line, in UTF-16 units from 1; 0 where the line is.</summary>
    public int Column => Position.Column;

    internal Position Position { get; }

    internal TemplateException At(Position position) => Position.Line > 0 ? this : new(Kind, Reason, position, this);

    internal static TemplateException Failed(string reason) => new(TemplateErrorKind.Failed, reason);

    internal static TemplateException Exceeded(string reason) => new(TemplateErrorKind.Exceeded, reason);
}
