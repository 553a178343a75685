namespace CascadeLocal.Constraints.Grammars;

/// <summary>
/// What a constraint may cost. What goes beyond is refused before a token is decoded, or ends the one request that asked for it.
/// </summary>
public sealed record ConstraintLimits
{
    /// <summary>The limits of a server that anybody may send grammars to.</summary>
    public static ConstraintLimits Default { get; } = new();

    /// <summary>The most UTF-16 units of a schema, grammar or expression.</summary>
    public int SourceLength { get; init; } = 256 * 1024;

    /// <summary>How deep groups, subschemas and expressions may be nested.</summary>
    public int Depth { get; init; } = 64;

    /// <summary>The most rules of a grammar, those that a schema is turned into among them.</summary>
    public int Rules { get; init; } = 20_000;

    /// <summary>The most states of the automaton.</summary>
    public int States { get; init; } = 400_000;

    /// <summary>The most steps of turning a source into an automaton: keywords that are read, passes, states and edges that are made.</summary>
    public long CompileSteps { get; init; } = 2_000_000;

    /// <summary>The most ways in which the text so far may be read at once.</summary>
    public int ItemsPerState { get; init; } = 4_096;

    /// <summary>The most work of one sequence, in items that are moved where nothing is known of a state yet.</summary>
    public long RuntimeSteps { get; init; } = 20_000_000;

    /// <summary>The most work of one mask, or of a look at one token: what a sequence may take at once, beside others.</summary>
    public long MaskSteps { get; init; } = 1_000_000;

    /// <summary>How deep a text may be nested, in open rules.</summary>
    public int StackDepth { get; init; } = 65_536;

    /// <summary>About how many bytes the states of one constraint take, for all its sequences; then it starts anew.</summary>
    public long TableBytes { get; init; } = 16L << 20;

    /// <summary>About how many bytes the masks of one constraint and one vocabulary take.</summary>
    public long MaskBytes { get; init; } = 8L << 20;
}

/// <summary>A constraint is malformed, too big, or asks for what is not served.</summary>
/// <param name="message">A sentence that a client may see.</param>
/// <param name="path">Where in the source: a JSON pointer, or a position; null for the whole.</param>
/// <param name="isInvalid">Whether it is wrong in itself: malformed, or no text can fit it.</param>
public sealed class ConstraintException(string message, string? path = null, bool isInvalid = false) : Exception(Bounded(message))
{
    private const int MostCharacters = 400;

    /// <summary>Where in the source: a JSON pointer, or a position; null for the whole.</summary>
    public string? Path { get; } = path;

    /// <summary>Whether it is wrong in itself, malformed or without a text that fits; else it is only beyond what is served.</summary>
    public bool IsInvalid => isInvalid;

    private static string Bounded(string message) => message.Length <= MostCharacters ? message : message[..MostCharacters] + "...";
}

/// <summary>One sequence needs more work or memory to follow its grammar than it may have.</summary>
/// <param name="message">A sentence that a client may see.</param>
public sealed class ConstraintBudgetException(string message) : Exception(message);

/// <summary>Counts what compiling one constraint costs.</summary>
internal sealed class CompileBudget(ConstraintLimits limits, CancellationToken cancellationToken = default)
{
    private long _steps;

    /// <summary>What may be used.</summary>
    public ConstraintLimits Limits { get; } = limits;

    /// <summary>The steps so far.</summary>
    public long Steps => _steps;

    /// <summary>Ends the compilation when nobody waits for it.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Pays for some steps.</summary>
    /// <exception cref="ConstraintException">There are none left.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it.</exception>
    public void Spend(long steps = 1)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _steps += steps;
        if (_steps > Limits.CompileSteps)
            throw new ConstraintException($"The grammar takes more than {Limits.CompileSteps} steps to compile.");
    }

    /// <summary>Refuses a nesting that is too deep.</summary>
    public void Nest(int depth, string? path)
    {
        if (depth > Limits.Depth)
            throw new ConstraintException($"The grammar is nested deeper than {Limits.Depth} levels{(path is null ? "" : $" at {path}")}.", path);
    }
}
