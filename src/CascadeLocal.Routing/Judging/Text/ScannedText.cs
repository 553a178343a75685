namespace CascadeLocal.Routing.Judging.Text;

/// <summary>A text as arithmetic sees it.</summary>
internal sealed class ScannedText
{
    /// <summary>The text without its calculator annotations.</summary>
    public List<Token> Tokens { get; } = [];

    /// <summary>What stands in calculator annotations, <c>&lt;&lt;3*4=12&gt;&gt;</c>, with a break after each.</summary>
    public List<Token> Annotations { get; } = [];

    /// <summary>How many annotations there are.</summary>
    public int AnnotationCount { get; set; }

    /// <summary>Whether the text ends inside an annotation.</summary>
    public bool EndsInAnnotation { get; set; }
}
