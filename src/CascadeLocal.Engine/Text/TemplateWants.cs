namespace CascadeLocal.Engine.Text;

/// <summary>What stands for the content of a turn that only calls functions.</summary>
internal enum EmptyContent
{
    /// <summary>A text without characters.</summary>
    Text,

    /// <summary>None.</summary>
    None,

    /// <summary>Nothing: the turn has no such key.</summary>
    Absent,
}

/// <summary>
/// How a chat template wants conversations with functions, as <see cref="TemplateTrials"/> found out. The defaults are for a template
/// that refuses every trial.
/// </summary>
internal sealed record TemplateWants
{
    /// <summary>What a template is given that nothing is known of but what its source mentions.</summary>
    public static TemplateWants Unknown { get; } = new();

    /// <summary>The content of a turn that only calls.</summary>
    public EmptyContent EmptyContent { get; init; } = EmptyContent.Absent;

    /// <summary>Whether the arguments of calls are JSON text; else they are objects.</summary>
    public bool TakesArgumentsAsText { get; init; }
}
