using System.Text.Json;

namespace CascadeLocal.Dialects;

/// <summary>How a text is written, for constrained decoding: a small tree.</summary>
public abstract record FormatPart
{
    private FormatPart()
    {
    }

    /// <summary>Exactly this text. Markers in it may be control tokens of the vocabulary: <see cref="Dialect.Markers"/>.</summary>
    public sealed record Literal(string Text) : FormatPart;

    /// <summary>Any JSON text that follows this schema.</summary>
    public sealed record Schema(JsonElement Json) : FormatPart;

    /// <summary>All of these, one after another.</summary>
    public sealed record Sequence(IReadOnlyList<FormatPart> Parts) : FormatPart;

    /// <summary>One of these.</summary>
    public sealed record OneOf(IReadOnlyList<FormatPart> Alternatives) : FormatPart;

    /// <summary>The same again and again.</summary>
    /// <param name="Part">What is repeated.</param>
    /// <param name="Min">How often at least.</param>
    /// <param name="Max">How often at most; null for no bound.</param>
    public sealed record Repeat(FormatPart Part, int Min, int? Max) : FormatPart;
}
