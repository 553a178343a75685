namespace CascadeLocal.Engine.Text;

/// <summary>
/// Lets few large prompts at once be rendered and tokenised, which takes a thread and much memory each, so that the other threads stay with
/// those who stream. Small ones do not wait. Thread-safe.
/// </summary>
/// <param name="places">Large prompts at once.</param>
internal sealed class PromptGate(int places) : IDisposable
{
    // Some milliseconds of work.
    private const int LargeCharacters = 65_536;

    // What the template writes of a turn that says nothing.
    private const int CharactersOfTurn = 32;

    private readonly SemaphoreSlim _places = new(places);

    /// <summary>That of this process: half of its processors.</summary>
    public static PromptGate Shared { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>About how many characters are tokenised for a request.</summary>
    public static long SizeOf(GenerationRequest request) =>
        (request.PromptText?.Length ?? 0)
        + (request.Prediction?.Length ?? 0)
        + request.Messages.Sum(turn => (long)CharactersOfTurn + turn.Content.Length + (turn.Reasoning?.Length ?? 0) + turn.ToolCalls.Sum(call => (long)call.Arguments.Length))
        + request.Tools.Sum(tool => (long)CharactersOfTurn + (tool.Description?.Length ?? 0) + (tool.Parameters?.Length ?? 0));

    /// <summary>Waits for a place, where that many characters need one.</summary>
    /// <returns>Has to be given back when they are tokens.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<PromptPlace> EnterAsync(long characters, CancellationToken cancellationToken)
    {
        if (characters < LargeCharacters)
            return default;
        await _places.WaitAsync(cancellationToken);
        return new(_places);
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();
}

/// <summary>A place in a <see cref="PromptGate"/>; given back once.</summary>
internal readonly struct PromptPlace(SemaphoreSlim? places) : IDisposable
{
    public void Dispose() => places?.Release();
}
