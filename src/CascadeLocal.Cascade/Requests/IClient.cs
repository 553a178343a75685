namespace CascadeLocal.Cascade.Requests;

/// <summary>Where a request comes from and where its answer goes: an HTTP connection, a terminal. Used by one request, never at once.</summary>
public interface IClient
{
    /// <summary>Reads the request and checks it.</summary>
    ValueTask<GenerationRequest> ReadAsync(CancellationToken cancellationToken);

    /// <summary>It is decided who answers, and that member has begun.</summary>
    ValueTask BeginAsync(CascadeDecision decision, CancellationToken cancellationToken);

    /// <summary>Takes what an answer goes on with, of a request that <see cref="GenerationRequest.Streams"/>. Never waits.</summary>
    /// <param name="choice">Which of the answers side by side it is, from 0.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokens">
    /// The tokens that it is made of, where log-probabilities were asked for. A token that released no text comes with the next text, or
    /// not at all.
    /// </param>
    /// <param name="markup">How calls and reasoning stand in the answer.</param>
    void Show(int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens, AnswerMarkup? markup);

    /// <summary>Sends what was shown, and keeps the connection alive until the member has gone on.</summary>
    /// <param name="next">Ends when it has.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What <paramref name="next"/> gives.</returns>
    /// <exception cref="OperationCanceledException">The client left, or takes nothing.</exception>
    ValueTask<bool> WaitAsync(ValueTask<bool> next, CancellationToken cancellationToken);

    /// <summary>The answer is delivered.</summary>
    /// <param name="outcome">How it went.</param>
    /// <param name="answers">As many as were asked for.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    ValueTask EndAsync(CascadeOutcome outcome, IReadOnlyList<DeliveredAnswer> answers, CancellationToken cancellationToken);
}

/// <summary>An answer as it is delivered.</summary>
/// <param name="Text">All of its text.</param>
/// <param name="FinishReason">Why it ended; one that was cut counts as <see cref="FinishReason.Length"/>.</param>
/// <param name="Tokens">The tokens that the text is made of, where log-probabilities were asked for.</param>
/// <param name="Markup">How calls and reasoning stand in it; null where it is plain text.</param>
/// <param name="TokenEnds">Where the text of each of its tokens ends, where it has a markup.</param>
public sealed record DeliveredAnswer(
    string Text, FinishReason FinishReason, IReadOnlyList<AnswerEvent> Tokens, AnswerMarkup? Markup, IReadOnlyList<int> TokenEnds);
