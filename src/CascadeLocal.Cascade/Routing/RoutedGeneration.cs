using System.Runtime.CompilerServices;
using System.Text;

using CascadeLocal.Cascade.Conversations;
using CascadeLocal.Cascade.Passes;
using CascadeLocal.Cascade.Shadows;
using CascadeLocal.Engine;

namespace CascadeLocal.Cascade.Routing;

/// <summary>
/// A running answer of the pool: read its text to the end, then its outcome. Text of an answer that is rejected is never among
/// it. Disposing it cancels what still runs.
/// </summary>
public sealed class RoutedGeneration : IDisposable
{
    private readonly CascadeRequest _request;
    private readonly CascadeRun _run;
    private readonly Router _router;
    private readonly ShadowRunner _shadows;
    private readonly bool _keepsText;
    private readonly StringBuilder _text = new();
    private CascadeOutcome? _outcome;

    internal RoutedGeneration(
        CascadeRequest request, CascadeDecision decision, CascadeRun run, Router router, ShadowRunner shadows, bool keepsText)
    {
        _request = request;
        Decision = decision;
        _run = run;
        _router = router;
        _shadows = shadows;
        _keepsText = keepsText;
    }

    /// <summary>Who began to answer, and why.</summary>
    public CascadeDecision Decision { get; }

    /// <summary>The text that was read so far.</summary>
    public string Text => _text.ToString();

    /// <summary>How it went; there once <see cref="ReadTextAsync"/> has ended.</summary>
    /// <exception cref="InvalidOperationException">It has not ended yet.</exception>
    public CascadeOutcome Outcome => _outcome ?? throw new InvalidOperationException("The answer has not ended.");

    /// <summary>The text of the answer as it comes. Can be read once.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the answer.</exception>
    /// <exception cref="EngineException">No member could answer, or one failed after some of its text was read.</exception>
    public async IAsyncEnumerable<string> ReadTextAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            while (await NextAsync(cancellationToken) is { } text)
            {
                _text.Append(text);
                yield return text;
            }

            End(await _run.CompleteAsync());
        }
        finally
        {
            await _run.CloseAsync();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _run.Dispose();
        if (_outcome is null)
            Report(_run.Abandon() with { Error = "the caller left", Cancelled = true });
    }

    private async ValueTask<string?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _run.NextAsync(cancellationToken);
        }
        catch (EngineException e)
        {
            Report(_run.Abandon() with { Error = e.Message });
            throw;
        }
    }

    private void End(CascadeOutcome outcome)
    {
        bool isWhole = outcome.Passes[^1].Result.FinishReason != FinishReason.Cancelled;
        if (isWhole)
        {
            // In mode shadow turns go on as the cascade would have; until more is known, with the member it would have begun with.
            _router.Remember(_request, Text, Decision.Shadow?.Model ?? outcome.Model);
        }

        Report(isWhole ? outcome : outcome with { Error = "the answer was not taken in time", Cancelled = true });
    }

    private void Report(CascadeOutcome outcome)
    {
        _outcome = outcome with
        {
            Query = _keepsText ? RoutedText.Of(_request.Messages, ConversationRule.Last) : null,
            Answer = _keepsText ? Text : null,
        };
        _shadows.Complete(_request, _outcome, Text);
    }
}
