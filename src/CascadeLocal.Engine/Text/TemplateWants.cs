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

/// <summary>Which turns of the assistant have their reasoning under the name <c>thinking</c>, too.</summary>
internal enum ThinkingTurns
{
    /// <summary>None.</summary>
    None,

    /// <summary>Those that call and say nothing.</summary>
    OnlyCalls,

    /// <summary>All, as in transformers.</summary>
    All,
}

/// <summary>How a chat template wants conversations, as <see cref="TemplateTrials"/> found out.</summary>
internal sealed record TemplateWants
{
    /// <summary>What is assumed of a template that refuses every trial: it knows functions if it mentions them.</summary>
    public static TemplateWants Untried(string source)
    {
        bool mentions = source.Contains("tool", StringComparison.Ordinal);
        return new() { ShowsTools = mentions, WritesCalls = mentions, WritesResults = mentions };
    }

    /// <summary>Whether the prompt says which functions can be called.</summary>
    public bool ShowsTools { get; init; }

    /// <summary>Whether calls of the history are in the prompt.</summary>
    public bool WritesCalls { get; init; }

    /// <summary>Whether results of calls, turns of the role tool, are in the prompt.</summary>
    public bool WritesResults { get; init; }

    /// <summary>The content of a turn that only calls.</summary>
    public EmptyContent EmptyContent { get; init; } = EmptyContent.Absent;

    /// <summary>Whether calls are in the prompt where their turn says something, too; else what it says is a turn of its own.</summary>
    public bool TakesCallsBesideText { get; init; } = true;

    /// <summary>Whether a turn may have several calls; else each call is a turn of its own.</summary>
    public bool TakesSeveralCalls { get; init; } = true;

    /// <summary>Whether the arguments of calls are JSON text; else they are objects.</summary>
    public bool TakesArgumentsAsText { get; init; }

    /// <summary>Whether arguments that are no object are in the prompt as the text that they are; else what of an object is complete in them.</summary>
    public bool TakesBrokenArguments { get; init; } = true;

    /// <summary>Whether the ids of calls may be any text; else they are nine letters and digits.</summary>
    public bool TakesAnyCallId { get; init; } = true;

    /// <summary>Whether a system turn at the beginning is in the prompt.</summary>
    public bool TakesSystemTurn { get; init; } = true;

    /// <summary>Whether several at the beginning are.</summary>
    public bool TakesSeveralSystemTurns { get; init; } = true;

    /// <summary>Whether those behind other turns are, beside one at the beginning.</summary>
    public bool TakesLaterSystemTurns { get; init; } = true;

    /// <summary>Whether one behind other turns is that is the only one.</summary>
    public bool TakesOnlySystemTurnLater { get; init; } = true;

    /// <summary>Where reasoning is <c>thinking</c> as well as <c>reasoning_content</c>.</summary>
    public ThinkingTurns Thinking { get; init; }
}
