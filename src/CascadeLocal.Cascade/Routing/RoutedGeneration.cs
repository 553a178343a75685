using System.Runtime.CompilerServices;
using System.Text;

using CascadeLocal.Cascade.Conversations;
using CascadeLocal.Cascade.Members;
using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Routing;

/// <summary>
/// A running answer of the pool: read its text to the end, then its outcome. Disposing it cancels what still runs.
/// </summary>
public sealed class RoutedGeneration : IDisposable
{
    private readonly CascadeRequest _request;
    private readonly IMemberGeneration _generation;
    private readonly Router _router;
    private readonly ICascadeObserver _observer;
    private readonly StringBuilder _text = new();
    private CascadeOutcome? _outcome;

    internal RoutedGeneration(
        CascadeRequest request, CascadeDecision decision, IMemberGeneration generation, Router router, ICascadeObserver observer)
    {
        _request = request;
        Decision = decision;
        _generation = generation;
        _router = router;
        _observer = observer;
    }

    /// <summary>Who answers, and why.</summary>
    public CascadeDecision Decision { get; }

    /// <summary>The text that was read so far.</summary>
    public string Text => _text.ToString();

    /// <summary>How it went; there once <see cref="ReadTextAsync"/> has ended.</summary>
    /// <exception cref="InvalidOperationException">It has not ended yet.</exception>
    public CascadeOutcome Outcome => _outcome ?? throw new InvalidOperationException("The answer has not ended.");

    /// <summary>The text of the answer as it comes. Can be read once.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the answer.</exception>
    /// <exception cref="EngineException">The member failed or is being unloaded.</exception>
    public async IAsyncEnumerable<string> ReadTextAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<GenerationChunk> chunks = _generation.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(chunks))
        {
            if (chunks.Current.Text is not { Length: > 0 } text)
                continue;
            _text.Append(text);
            yield return text;
        }

        Complete(_generation.Result);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _generation.Dispose();
        End([], "the caller left", cancelled: true);
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<GenerationChunk> chunks)
    {
        try
        {
            return await chunks.MoveNextAsync();
        }
        catch (EngineException e)
        {
            End([], e.Message, cancelled: false);
            throw;
        }
    }

    private void Complete(GenerationResult result)
    {
        bool whole = result.FinishReason != FinishReason.Cancelled;
        if (whole)
            _router.Remember(_request, Text, Decision.Model);
        End([new CascadePass(Decision.Model, result)], whole ? null : "the answer was not taken in time", cancelled: !whole);
    }

    private void End(IReadOnlyList<CascadePass> passes, string? error, bool cancelled)
    {
        if (_outcome is not null)
            return;
        bool keepsText = _observer.KeepsText;
        _outcome = new()
        {
            Decision = Decision,
            Model = Decision.Model,
            Path = Decision.Path,
            Passes = passes,
            FallbackReason = Decision.Reason == RoutingReason.Fallback ? Decision.Path[0].ToString() : null,
            Query = keepsText ? RoutedText.Of(_request.Messages, ConversationRule.Last) : null,
            Answer = keepsText ? Text : null,
            Error = error,
            Cancelled = cancelled,
        };
        _observer.OnCompleted(_outcome);
    }
}
