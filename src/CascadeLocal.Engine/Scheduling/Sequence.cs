using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.Channels;

using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// One request on its way through the engine. Made on the caller's thread, then changed on the decode thread only;
/// what the reader needs travels through <see cref="Output"/>.
/// </summary>
internal sealed class Sequence
{
    /// <summary>
    /// Tokens that a reader may lag behind before it counts as gone. A small model decodes thousands in the time of one
    /// hiccup of a busy machine, so this bounds memory and is no measure of patience.
    /// </summary>
    private const int MaxUnreadTokens = 16_384;

    private readonly Channel<AnswerEvent> _channel;
    private readonly long _submittedAt = Stopwatch.GetTimestamp();
    private long _begunAt;
    private long _firstTokenAt;
    private long _lastTokenAt;
    private Draft? _draft;
    private volatile bool _cancelRequested;
    private int _hasLeft;

    /// <summary>Prepares a request; everything it will need while decoding is allocated here.</summary>
    /// <param name="prompt">Tokens of the prompt.</param>
    /// <param name="maxTokens">The most tokens to generate.</param>
    /// <param name="sampler">Chooses the tokens.</param>
    /// <param name="text">Collects the answer's text.</param>
    /// <param name="cacheSalt">Whose cached prefixes may be used.</param>
    /// <param name="maxUnread">Tokens that its reader may lag behind.</param>
    public Sequence(
        ReadOnlySpan<int> prompt, int maxTokens, TokenSampler sampler, AnswerText text, string cacheSalt,
        int maxUnread = MaxUnreadTokens)
    {
        Tokens = new int[prompt.Length + maxTokens];
        prompt.CopyTo(Tokens);
        PromptLength = prompt.Length;
        Length = prompt.Length;
        Sampler = sampler;
        Text = text;
        CacheSalt = Client = cacheSalt;
        _channel = Channel.CreateBounded<AnswerEvent>(new BoundedChannelOptions(Math.Min(maxTokens, maxUnread))
        {
            SingleReader = true,
            SingleWriter = true,
        });
    }

    /// <summary>
    /// Prompt and answer so far; the first <see cref="Length"/> entries are known and never change again. Behind them stands
    /// the draft, where there is one, until the answer writes over it.
    /// </summary>
    public int[] Tokens { get; }

    /// <summary>Tokens known so far.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Chooses its tokens.</summary>
    public TokenSampler Sampler { get; }

    /// <summary>The answer's text.</summary>
    public AnswerText Text { get; }

    /// <summary>Whose cached prefixes it may use.</summary>
    public string CacheSalt { get; }

    /// <summary>Whose it is: clients take turns. Where nothing is said, whoever may use those prefixes.</summary>
    public string Client { get; init; }

    /// <summary>Whether it gives way to others.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>Tokens that end it beside the vocabulary's own.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>How calls and reasoning stand in its text.</summary>
    public AnswerMarkup? Markup { get; init; }

    /// <summary>Sees every token on the decode thread and may end the answer with it; null for nobody.</summary>
    public IAnswerObserver? Observer { get; init; }

    /// <summary>What is drafted ahead of it, step by step; null for nothing.</summary>
    public DraftAhead? Ahead { get; init; }

    /// <summary>Where its KV cells are; null while it waits.</summary>
    public Slot? Slot { get; set; }

    /// <summary>Prompt tokens that were found in the cache when it was first admitted; -1 before.</summary>
    public int CachedTokens { get; private set; } = -1;

    /// <summary>The most of them that count.</summary>
    public int CachedAtMost { get; init; } = int.MaxValue;

    /// <summary>A running sequence that is prefilling a prefix this one wants to copy.</summary>
    public Sequence? WaitsFor { get; set; }

    /// <summary>Called once, on any thread, when it has ended or its caller wants it ended: from then on it is in nobody's way.</summary>
    public Action? Left { get; set; }

    /// <summary>Whether its caller wants it ended.</summary>
    public bool CancelRequested => _cancelRequested;

    /// <summary>The tokens, as the reader gets them. Behind the last one stands <see cref="End"/>.</summary>
    public ChannelReader<AnswerEvent> Output => _channel.Reader;

    /// <summary>How it went; set before <see cref="Output"/> completes.</summary>
    public AnswerEvent End { get; private set; }

    /// <summary>All tokens known so far.</summary>
    public ReadOnlySpan<int> Known => Tokens.AsSpan(0, Length);

    /// <summary>Tokens generated.</summary>
    public int OutputTokens => Length - PromptLength;

    /// <summary>Tokens that are known but not in the KV cache.</summary>
    public int Pending => Length - (Slot?.Length ?? 0);

    /// <summary>
    /// Drafted tokens that the next step should verify. The answer's first token comes from the prompt alone, so that the
    /// time of verifying lies behind it.
    /// </summary>
    public int DraftWanted => OutputTokens == 0 ? 0 : Ahead is { Count: > 0 and var ahead } ? ahead : _draft?.Wanted(Length) ?? 0;

    /// <summary>Tokens that may be drafted ahead: nothing follows the last token there is room for.</summary>
    public int Room => Tokens.Length - Length - 1 - (Ahead?.Count ?? 0);

    /// <summary>Puts a draft behind the prompt; before the sequence is queued.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="usable">Tokens of it that can be part of an answer and do not end it.</param>
    public void Propose(ReadOnlySpan<int> draft, int usable)
    {
        // Nothing follows the last token there is room for, so it need not be evaluated.
        int length = Math.Min(usable, Tokens.Length - PromptLength - 1);
        draft[..length].CopyTo(Tokens.AsSpan(PromptLength));
        _draft = new Draft(draft.Length, PromptLength + length);
    }

    /// <summary>Puts a token behind what is drafted ahead; false where it is too uncertain, or no further one is wanted.</summary>
    /// <param name="token">The token, which does not end an answer.</param>
    /// <param name="probability">That the drafter gives it, given all before it.</param>
    public bool Extend(int token, double probability)
    {
        if (!Ahead!.Add(probability))
            return false;
        Tokens[Length + Ahead.Count - 1] = token;
        return Room > 0 && Ahead.IsWorthMore;
    }

    /// <summary>Records drafted tokens that were verified.</summary>
    /// <returns>Whether they were drafted ahead, and not the request's own draft.</returns>
    public bool RecordDraft(int verified, int reused, long stepStarted)
    {
        if (Ahead is { Count: > 0 } ahead)
        {
            ahead.Record(verified, reused);
            return true;
        }

        _draft!.Record(verified, reused, stepStarted);
        return false;
    }

    /// <summary>It is admitted for the first time.</summary>
    /// <param name="cached">Prompt tokens that were found in the cache.</param>
    public void Begin(int cached)
    {
        CachedTokens = Math.Min(cached, CachedAtMost);
        _begunAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Asks for its end within one step. Any thread.</summary>
    public void RequestCancel()
    {
        _cancelRequested = true;
        Leave();
    }

    /// <summary>Takes a sampled token into the sequence and, with the text it released, to observer and reader.</summary>
    /// <param name="token">The token.</param>
    /// <param name="endsGeneration">Whether it ends the answer and is no part of its text.</param>
    /// <param name="piece">The bytes that it stands for.</param>
    /// <param name="candidates">The token and the candidates in its place, if they are wanted.</param>
    /// <returns>Why the sequence ends with this token, or null.</returns>
    public FinishReason? Append(
        SampledToken token, bool endsGeneration, ReadOnlySpan<byte> piece, IReadOnlyList<TokenCandidate>? candidates = null)
    {
        _lastTokenAt = Stopwatch.GetTimestamp();
        if (OutputTokens == 0)
            _firstTokenAt = _lastTokenAt;
        if (Tokens[Length] != token.Id)
            _draft?.Abandon();
        Tokens[Length++] = token.Id;
        Sampler.Accept(token.Id);
        int start = Text.Length;
        if (!endsGeneration)
            Text.Append(piece);
        bool isLast = endsGeneration || Text.Stopped || Length == Tokens.Length;
        if (isLast)
            Text.Finish();
        AnswerEvent next = new() { Token = token.Id, Text = start..Text.Length, Signals = token.Signals, Candidates = candidates };
        bool goesOn = Observer?.OnToken(next, Text.Read(Text.Length)) ?? true;
        // A reader that lags this far behind has stopped reading: it alone is dropped.
        if (!_channel.Writer.TryWrite(next))
            return FinishReason.Cancelled;
        if (!isLast)
            return goesOn ? null : FinishReason.Cancelled;
        return endsGeneration || Text.Stopped ? FinishReason.Stop : FinishReason.Length;
    }

    /// <summary>Ends it for the reader.</summary>
    public void Finish(FinishReason reason) => Complete(new()
    {
        Result = new GenerationResult
        {
            FinishReason = reason,
            StopString = Text.StopString,
            IsStopped = reason == FinishReason.Stop && (Text.Stopped || (OutputTokens > 0 && StopTokens.Contains(Tokens[Length - 1]))),
            PromptTokens = PromptLength,
            CachedTokens = Math.Max(0, CachedTokens),
            OutputTokens = OutputTokens,
            SubmittedAt = _submittedAt,
            QueueTime = Stopwatch.GetElapsedTime(_submittedAt, OutputTokens > 0 ? _begunAt : _submittedAt),
            TimeToFirstToken = Stopwatch.GetElapsedTime(_submittedAt, OutputTokens > 0 ? _firstTokenAt : _submittedAt),
            EndToEnd = Stopwatch.GetElapsedTime(_submittedAt, OutputTokens > 0 ? _lastTokenAt : _submittedAt),
            Draft = _draft?.Report(),
        },
    });

    /// <summary>Ends it for the reader with an error.</summary>
    public void Fail(MemberException error) => Complete(new() { Failure = error });

    private void Complete(AnswerEvent end)
    {
        End = end;
        // Before its reader knows: who asks again at once finds the place free.
        Leave();
        _channel.Writer.TryComplete();
    }

    private void Leave()
    {
        if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            Left?.Invoke();
    }
}

/// <summary>The reader's side of a sequence that runs: the answer of a model in this process.</summary>
public sealed class Generation : IAnswer
{
    private readonly Sequence _sequence;
    private int _length;
    private bool _ended;

    internal Generation(Sequence sequence) => _sequence = sequence;

    /// <inheritdoc/>
    public ReadOnlySpan<char> Text => _sequence.Text.Read(_length);

    /// <inheritdoc/>
    public AnswerMarkup? Markup => _sequence.Markup;

    /// <inheritdoc/>
    public int? PromptTokens => _sequence.PromptLength;

    /// <inheritdoc/>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        if (_ended)
            return new(false);
        ValueTask<bool> token = _sequence.Output.WaitToReadAsync(cancellationToken);
        // Where no token comes any more, the end is there to be read.
        return token.IsCompletedSuccessfully ? new(true) : AwaitAsync(token);
    }

    /// <inheritdoc/>
    public bool TryRead(out AnswerEvent next)
    {
        if (_sequence.Output.TryRead(out next))
        {
            _length = next.Text.End.Value;
            return true;
        }

        if (_ended || !_sequence.Output.Completion.IsCompleted)
            return false;
        _ended = true;
        next = _sequence.End;
        return true;
    }

    /// <inheritdoc/>
    public void Stop() => _sequence.RequestCancel();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Stop();
        return ValueTask.CompletedTask;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<bool> AwaitAsync(ValueTask<bool> token)
    {
        await token;
        return true;
    }
}

/// <summary>
/// How far the draft of a sequence has been verified. Its tokens stand in the sequence's own array, behind the known ones.
/// </summary>
/// <param name="given">Tokens that the request brought.</param>
/// <param name="end">Where in the sequence's array the last token that is worth verifying ends.</param>
internal sealed class Draft(int given, int end)
{
    /// <summary>Tokens of the first chunk. A draft that is wrong at once costs no more than these.</summary>
    public const int FirstChunk = 8;

    private int _end = end;
    private int _chunk = FirstChunk;
    private int _verified;
    private int _reused;
    private TimeSpan _time;
    private long _beganAt;
    private long _endedAt;

    /// <summary>Tokens to verify next, behind the first <paramref name="known"/> of the sequence.</summary>
    public int Wanted(int known) => Math.Max(0, Math.Min(_chunk, _end - known));

    /// <summary>The answer has left it: nothing of it is of use any more.</summary>
    public void Abandon() => _end = 0;

    /// <summary>Records a chunk; one that was right in full makes the next one twice as long.</summary>
    /// <param name="verified">Its tokens.</param>
    /// <param name="reused">Those of them that were right.</param>
    /// <param name="beganAt">When the step that verified it began.</param>
    public void Record(int verified, int reused, long beganAt)
    {
        _endedAt = Stopwatch.GetTimestamp();
        if (_verified == 0)
            _beganAt = beganAt;
        _verified += verified;
        _reused += reused;
        _time += Stopwatch.GetElapsedTime(beganAt, _endedAt);
        if (reused == verified)
            _chunk *= 2;
    }

    /// <summary>What became of it.</summary>
    public DraftVerification Report() => new(given, _verified, _reused, _time) { BeganAt = _beganAt, EndedAt = _endedAt };
}
