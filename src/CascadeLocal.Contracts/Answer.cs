using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace CascadeLocal.Contracts;

/// <summary>
/// A member's answer while it is made: tokens as they come, then exactly one end. One reader. The answer's text is kept here and
/// nowhere else; events say which part of it they release.
/// </summary>
/// <remarks>
/// An answer that was <see cref="Stop">stopped</see> still comes to its end: whoever has to know what it took reads on to it. After a
/// <see cref="GenerationResult"/> with <see cref="FinishReason.Stop"/> or <see cref="FinishReason.Length"/> the text is whole, whoever asked
/// for a stop meanwhile.
/// </remarks>
public interface IAnswer : IAsyncDisposable
{
    /// <summary>All text that the events read so far have released. Valid until the next <see cref="TryRead"/>.</summary>
    ReadOnlySpan<char> Text { get; }

    /// <summary><see cref="Text"/> of one of several answers side by side; a member gives one, 0.</summary>
    ReadOnlySpan<char> TextOf(int choice) => Text;

    /// <summary>How calls and reasoning are told from the rest of the text; null where it is all plain text.</summary>
    AnswerMarkup? Markup => null;

    /// <summary>Tokens of the prompt; null where they are known only at the end.</summary>
    int? PromptTokens => null;

    /// <summary>Waits until there is an event to read; false once the end was read.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the answer goes on.</exception>
    ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default);

    /// <summary>The next event, if it is there already.</summary>
    bool TryRead(out AnswerEvent next);

    /// <summary>Asks for its end within one token. Any thread; never fails.</summary>
    void Stop();
}

/// <summary>How calls and reasoning stand in the text of an answer.</summary>
/// <param name="Dialect">The name of the way in which its model family writes them.</param>
/// <param name="BeginsInReasoning">Whether the prompt has begun the reasoning, so that the answer starts inside it.</param>
public sealed record AnswerMarkup(string Dialect, bool BeginsInReasoning);

/// <summary>
/// How calls stand in the text of a member that tells them apart from it: noncharacters of Unicode, which no text has to hold, part their
/// fields. A call is <see cref="Start"/>, the function, <see cref="NameEnd"/>, the id, <see cref="IdEnd"/>, the arguments, <see cref="End"/>.
/// </summary>
public static class CallFields
{
    /// <summary>The name of this way to write calls (<see cref="AnswerMarkup.Dialect"/>).</summary>
    public const string Dialect = "fields";

    /// <summary>A call begins.</summary>
    public const char Start = '\uFDD0';

    /// <summary>The function's name ends.</summary>
    public const char NameEnd = '\uFDD1';

    /// <summary>The call's id ends; it may be empty.</summary>
    public const char IdEnd = '\uFDD2';

    /// <summary>The call ends.</summary>
    public const char End = '\uFDD3';

    /// <summary>A text without any of these.</summary>
    public static string Clean(string text) => text.AsSpan().IndexOfAnyInRange(Start, End) < 0 ? text : string.Concat(text.Where(c => c is < Start or > End));
}

/// <summary>One event of an answer: a token, or the end, which is a result or a failure. A struct, so that tokens allocate nothing.</summary>
public readonly record struct AnswerEvent
{
    /// <summary>Which of the answers side by side it is about, from 0.</summary>
    public int Choice { get; init; }

    /// <summary>The token's id; meaningless where the member does not tell ids (<see cref="MemberCapabilities.TellsTokens"/>).</summary>
    public int Token { get; init; }

    /// <summary>Where the text that the token released begins and ends in <see cref="IAnswer.Text"/>; often empty.</summary>
    public Range Text { get; init; }

    /// <summary>What decoding knows about the token; null where the member does not tell.</summary>
    public TokenSignals? Signals { get; init; }

    /// <summary>
    /// The token itself, and behind it the best candidates in its place, best first, itself among them again if it is one of these.
    /// Null where no log-probabilities were asked for (<see cref="GenerationRequest.TopCandidates"/>) or the member tells none.
    /// </summary>
    public IReadOnlyList<TokenCandidate>? Candidates { get; init; }

    /// <summary>How the answer went; null before its end and after a failure.</summary>
    public GenerationResult? Result { get; init; }

    /// <summary>What broke it; null but at the end of an answer that failed.</summary>
    public MemberException? Failure { get; init; }

    /// <summary>Whether it is a token.</summary>
    public bool IsToken => Result is null && Failure is null;
}

/// <summary>
/// What decoding knows about one token for free. All three come from the raw logits at temperature 1, before bias and penalties, in
/// nats. What a member does not tell is NaN.
/// </summary>
/// <param name="LogProbability">Log-probability of the token that was taken; at most 0.</param>
/// <param name="Entropy">Shannon entropy of the whole distribution; from 0 to ln(vocabulary size).</param>
/// <param name="Margin">Log-probability of the best token minus that of the second best; at least 0.</param>
public readonly record struct TokenSignals(float LogProbability, float Entropy, float Margin)
{
    /// <summary>
    /// The signals where only the best candidates are known, as remote members and labels tell them. With p their probabilities and
    /// r = 1 - Σ p what they leave, which counts as one candidate more: entropy = -Σ p ln p - r ln r, the least that it can be
    /// and near to it (probabilities that sum to more than 1 are divided by their sum). Margin = the largest log-probability minus the
    /// second largest; 0 where only one is known, which is the least that it can be.
    /// </summary>
    /// <param name="logProbability">Log-probability of the token that was taken.</param>
    /// <param name="candidates">Log-probabilities of the best candidates, in any order; of none, entropy and margin are NaN.</param>
    public static TokenSignals FromCandidates(float logProbability, ReadOnlySpan<float> candidates)
    {
        if (candidates.IsEmpty)
            return new TokenSignals(logProbability, float.NaN, float.NaN);

        double entropy = 0, mass = 0;
        float best = float.NegativeInfinity, second = float.NegativeInfinity;
        foreach (float candidate in candidates)
        {
            double probability = Math.Exp(candidate);
            // A candidate that cannot be taken may be told as minus infinity, and 0 · ∞ is no number.
            if (probability > 0)
                entropy -= probability * candidate;
            mass += probability;
            second = Math.Max(second, Math.Min(best, candidate));
            best = Math.Max(best, candidate);
        }

        double rest = 1 - mass;
        entropy = rest > 0 ? entropy - rest * Math.Log(rest) : entropy / mass + Math.Log(mass);
        return new TokenSignals(logProbability, (float)Math.Max(0, entropy), candidates.Length > 1 ? best - second : 0);
    }
}

/// <summary>A token that could have been taken.</summary>
/// <param name="Text">Its text.</param>
/// <param name="LogProbability">Its log-probability at temperature 1, before bias, penalties and any form, in nats.</param>
public sealed record TokenCandidate(string Text, float LogProbability)
{
    /// <summary>Its bytes, where they are no whole characters so that <see cref="Text"/> does not say them; null elsewhere.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>Whether it would be part of the answer's text; a control token is not, and <see cref="Text"/> is its name.</summary>
    public bool IsText { get; init; } = true;
}

/// <summary>How an answer went.</summary>
public sealed record GenerationResult
{
    /// <summary>Why it ended.</summary>
    public required FinishReason FinishReason { get; init; }

    /// <summary>The stop string that ended it, if one did.</summary>
    public string? StopString { get; init; }

    /// <summary>Whether a stop string or a stop token of the request ended it, and not the model.</summary>
    public bool IsStopped { get; init; }

    /// <summary>Tokens of the prompt.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Those of them that were found in the KV cache and not evaluated again.</summary>
    public required int CachedTokens { get; init; }

    /// <summary>
    /// Tokens generated, the one that ended the answer included. As many as its events where the member is in this process; one
    /// elsewhere may count more than it told, as a piece of text can hold several and the last has none.
    /// </summary>
    public required int OutputTokens { get; init; }

    /// <summary>Those of them that were thought, as a member elsewhere counts them; 0 where the text tells, or nobody does.</summary>
    public int ReasoningTokens { get; init; }

    /// <summary>
    /// Tokens before the first one that was seen: a member elsewhere thought them and showed nothing of it. They are no part of TPOT, whose
    /// time begins with what is seen.
    /// </summary>
    public int UnseenTokens { get; init; }

    /// <summary>When it was submitted, as <see cref="Stopwatch.GetTimestamp"/>; 0 where the member does not tell.</summary>
    public long SubmittedAt { get; init; }

    /// <summary>From submission until its prompt began to be evaluated, a part of TTFT; zero where the member does not tell.</summary>
    public TimeSpan QueueTime { get; init; }

    /// <summary>How long it waited here until it was sent to a member elsewhere: before submission, and no part of TTFT.</summary>
    public TimeSpan WaitTime { get; init; }

    /// <summary>From submission to the first token (TTFT).</summary>
    public required TimeSpan TimeToFirstToken { get; init; }

    /// <summary>From submission to the last token (E2EL).</summary>
    public required TimeSpan EndToEnd { get; init; }

    /// <summary>Answers side by side that it sums up; their tokens are added.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>What became of the request's draft; null where it brought none.</summary>
    public DraftVerification? Draft { get; init; }

    /// <summary>Whether it came to an end of its own, so that its text is whole.</summary>
    public bool IsWhole => FinishReason is FinishReason.Stop or FinishReason.Length;

    /// <summary>The times between tokens that TPOT is a mean of: tokens of one answer that were seen - 1; 0 below two of them.</summary>
    public double Gaps => (double)(OutputTokens - UnseenTokens) / Choices is >= 2 and var tokens ? tokens - 1 : 0;

    /// <summary>Time per output token as vLLM defines it: (E2EL - TTFT) / (output tokens - 1), see <see cref="Gaps"/>; null where these are 0.</summary>
    public TimeSpan? TimePerOutputToken => Gaps == 0 ? null : (EndToEnd - TimeToFirstToken) / Gaps;
}

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-generation token or a stop string.</summary>
    Stop,

    /// <summary>The token limit or the end of the context.</summary>
    Length,

    /// <summary>It was stopped: by its caller, by its observer, or because nobody read it. Never reaches HTTP.</summary>
    Cancelled,

    /// <summary>It was background work and gave way to a request that somebody waits for. Never reaches HTTP.</summary>
    Displaced,
}

/// <summary>What became of a request's draft.</summary>
/// <param name="Given">Tokens of the draft.</param>
/// <param name="Verified">Those of them that were evaluated before it was known whether they are right: what the draft cost.</param>
/// <param name="Reused">
/// Those of the verified ones that the answer went on from, each of which saved a decode: what the draft brought.
/// </param>
/// <param name="Time">
/// How long the steps took that verified it. All of them lie between the answer's first token and its last, so this is a
/// part of E2EL - TTFT and no addition to it.
/// </param>
public sealed record DraftVerification(int Given, int Verified, int Reused, TimeSpan Time)
{
    /// <summary>When the first of these steps began, as <see cref="Stopwatch.GetTimestamp"/>; 0 where there was none.</summary>
    public long BeganAt { get; init; }

    /// <summary>When the last of them ended, likewise. Other steps may lie between.</summary>
    public long EndedAt { get; init; }

    /// <summary>
    /// The share of the verified tokens that was right; null where none was verified. Verifying pays where it exceeds the
    /// cost of a verified token over that of a decoded one.
    /// </summary>
    public double? AcceptedShare => Verified == 0 ? null : (double)Reused / Verified;
}

/// <summary>Reading answers whole.</summary>
public static class AnswerReading
{
    /// <summary>All events to the end. Leaving the loop stops the answer.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the answer.</exception>
    public static async IAsyncEnumerable<AnswerEvent> ReadAllAsync(
        this IAnswer answer, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            while (await answer.WaitAsync(cancellationToken))
            {
                while (answer.TryRead(out AnswerEvent next))
                    yield return next;
            }
        }
        finally
        {
            // However the reading ends, nobody is left who wants more tokens.
            answer.Stop();
        }
    }

    /// <summary>Reads on to the end and gives the result.</summary>
    /// <exception cref="MemberException">The answer failed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; so is the answer.</exception>
    public static async Task<GenerationResult> FinishAsync(this IAnswer answer, CancellationToken cancellationToken = default)
    {
        GenerationResult? result = null;
        await foreach (AnswerEvent next in answer.ReadAllAsync(cancellationToken))
            result = next.Failure is { } failure ? throw failure : next.Result;
        return result ?? throw new InvalidOperationException("The answer's end was read already.");
    }

    /// <summary>The text that an event released, as a string of its own.</summary>
    public static string TextOf(this IAnswer answer, in AnswerEvent token) => answer.TextOf(token.Choice)[token.Text].ToString();
}
