using System.Diagnostics;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Traces;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Cascade.Requests;

/// <summary>What came of an attempt.</summary>
internal enum AttemptEnd
{
    /// <summary>It is whole, and nothing speaks against it.</summary>
    Accepted,

    /// <summary>Its judge found it not good enough, before its end or at it.</summary>
    Rejected,

    /// <summary>It was stopped before its end.</summary>
    Stopped,

    /// <summary>Its member failed.</summary>
    Failed,
}

/// <summary>
/// One member's work on a request, from the moment it was taken. Of several answers side by side the first one is judged, and stands for
/// all. Not for several threads at once, but for <see cref="Stop"/>.
/// </summary>
internal sealed class Attempt
{
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private readonly List<int> _tokens = [];
    private readonly Choice[] _choices;
    private readonly bool _keepsTokens;
    private readonly bool _isElsewhere;
    private readonly TokenPrice? _price;
    private readonly RemoteSpan? _span;
    private long _firstAt;

    private Attempt(MemberLease lease, IAnswer answer, int choices, AnswerJudge? judge, bool isGated, int draftTokens, RemoteSpan? span)
    {
        (Member, Answer, Judge, IsGated, DraftTokens) = (lease.Name, answer, judge, isGated, draftTokens);
        (_isElsewhere, _price, _span) = (lease.IsElsewhere, lease.Price, span);
        _choices = [.. Enumerable.Range(0, choices).Select(_ => new Choice())];
        _keepsTokens = isGated && lease.Capabilities.TellsTokens;
    }

    /// <summary>The member.</summary>
    public string Member { get; }

    /// <summary>What its member says, to be read; every event is handed to <see cref="Take"/>.</summary>
    public IAnswer Answer { get; }

    /// <summary>What judges it; null where nothing does.</summary>
    public AnswerJudge? Judge { get; }

    /// <summary>Whether it may be rejected.</summary>
    public bool IsGated { get; }

    /// <summary>Tokens of a rejected answer that it was offered.</summary>
    public int DraftTokens { get; }

    /// <summary>The tokens so far, which a stronger member may go on from; none where nobody can.</summary>
    public int[] Tokens => [.. _tokens];

    /// <summary>Whether it was accepted before its end, and that was at a token that has been taken already.</summary>
    public bool IsAccepted => Judge is { Verdict: Verdict.Accept } judge && _choices[0].Count >= judge.OutputTokens;

    /// <summary>Whether its verdict has been told.</summary>
    public bool IsAnnounced { get; set; }

    /// <summary>How many answers it gives side by side.</summary>
    public int Choices => _choices.Length;

    /// <summary>How many characters of the first answer's text were shown.</summary>
    public int Shown => _choices[0].Shown;

    /// <summary>The first answer's text so far.</summary>
    public ReadOnlySpan<char> Text => Answer.Text;

    /// <summary>How it went, of one that failed as far as it came; null while it runs. Tokens are those of all answers.</summary>
    public GenerationResult? Result { get; private set; }

    /// <summary>Tokens so far of one that has not ended; 0 of one that has, since its <see cref="Result"/> counts them.</summary>
    public int UnfinishedTokens => Result is null ? _choices.Sum(choice => choice.Count) : 0;

    /// <summary>What broke it; null if nothing did.</summary>
    public MemberException? Failure { get; private set; }

    /// <summary>Whether all of its answers came to an end of their own.</summary>
    public bool IsWhole => Failure is null && Array.TrueForAll(_choices, choice => choice.Result is { IsWhole: true });

    /// <summary>For how long, from the first token on, the verdict kept the text from being shown; once it has ended.</summary>
    public TimeSpan HeldFor => !IsGated ? TimeSpan.Zero
        : Judge?.AcceptedAfter ?? Result!.EndToEnd - Result.TimeToFirstToken;

    /// <summary>Hands a request to a member.</summary>
    /// <param name="lease">The member.</param>
    /// <param name="request">The request.</param>
    /// <param name="verdict">Judges the answer; null for nobody.</param>
    /// <param name="isGated">Whether it may be rejected.</param>
    /// <param name="draft">The beginning of its answer, as far as it is known.</param>
    /// <param name="cancellationToken">Takes it back.</param>
    /// <inheritdoc cref="IMember.StartAsync" path="/exception"/>
    public static async ValueTask<Attempt> StartAsync(
        MemberLease lease, GenerationRequest request, RunningVerdict? verdict, bool isGated, ReadOnlyMemory<int> draft,
        CancellationToken cancellationToken)
    {
        MemberCapabilities can = lease.Capabilities;
        foreach (int token in request.LogitBias.Keys)
        {
            if (token >= can.VocabularySize)
                throw new UnknownTokenException(lease.Name, token, can.VocabularySize.Value);
        }

        if (request.TopCandidates is not null && can.Signals < (request.TopCandidates > 0 ? SignalKind.TopCandidates : SignalKind.LogProbability))
            throw new RequestRefusedException($"The model '{lease.Name}' does not tell the log-probabilities that were asked for.");

        AnswerJudge? judge = verdict is null ? null : new(verdict, isGated);
        RemoteSpan? span = lease.IsElsewhere ? RemoteSpan.Begin(lease.Name, lease.Endpoint, request.Trace) : null;
        request = request with { Draft = draft, Trace = span?.Context ?? request.Trace };
        try
        {
            IAnswer answer = request.Choices == 1
                ? await lease.StartAsync(request, judge, cancellationToken)
                : await StartSideBySideAsync(lease, request, judge, cancellationToken);
            return new Attempt(lease, answer, request.Choices, judge, isGated, draft.Length, span);
        }
        catch (Exception e)
        {
            span?.Refuse(e);
            throw;
        }
    }

    /// <summary>Takes the next event of its answer.</summary>
    public void Take(in AnswerEvent next)
    {
        Choice choice = _choices[next.Choice];
        if (next.IsToken)
        {
            if (next.Candidates is not null)
                choice.Keep(next);
            if (Answer.Markup is not null)
                choice.TokenEnds.Add(next.Text.End.Value);
            choice.Count++;
            if (next.Choice > 0)
                return;
            if (choice.Count == 1)
                _firstAt = Stopwatch.GetTimestamp();
            if (_keepsTokens)
                _tokens.Add(next.Token);
            return;
        }

        Failure = next.Failure;
        choice.Result = next.Result;
        if (next.Choice == 0 && choice.Result is { IsWhole: true } first)
            Judge?.Finish(first.FinishReason == FinishReason.Length ? AnswerEnd.Length : AnswerEnd.Stop, Text);
        if (Failure is not null || Array.TrueForAll(_choices, each => each.Result is not null))
        {
            Result = Sum();
            _span?.End(Result, Failure);
        }

        if (Failure is not null || IsRejected || choice.Result is { IsWhole: false })
            Stop();
    }

    /// <summary>What came of it, once its end was taken.</summary>
    public AttemptEnd End => Failure is not null ? AttemptEnd.Failed
        : IsRejected ? AttemptEnd.Rejected
        : IsWhole ? AttemptEnd.Accepted
        : AttemptEnd.Stopped;

    /// <summary>Reads on to the end without showing anything.</summary>
    public async Task<AttemptEnd> CompleteAsync(CancellationToken cancellationToken)
    {
        while (await Answer.WaitAsync(cancellationToken))
        {
            while (Answer.TryRead(out AnswerEvent next))
                Take(next);
        }

        return End;
    }

    /// <summary>The text of an answer that was not shown yet, and its tokens; from now on they count as shown.</summary>
    public ReadOnlySpan<char> TakeText(int choice, out IReadOnlyList<AnswerEvent> tokens)
    {
        ReadOnlySpan<char> text = Answer.TextOf(choice);
        ReadOnlySpan<char> rest = text[_choices[choice].Shown..];
        _choices[choice].Shown = text.Length;
        tokens = _choices[choice].TakeTokens();
        return rest;
    }

    /// <summary>Its answers, once they have ended.</summary>
    public IReadOnlyList<DeliveredAnswer> Deliver() =>
        [.. _choices.Select((choice, i) => new DeliveredAnswer(Answer.TextOf(i).ToString(), choice.Result?.FinishReason ?? FinishReason.Length, choice.Released, Answer.Markup, choice.TokenEnds))];

    /// <summary>Marks what was cut as such; clients know no other word for it.</summary>
    public void MarkCut()
    {
        foreach (Choice choice in _choices)
        {
            if (choice.Result is { IsWhole: false } cut)
                choice.Result = cut with { FinishReason = FinishReason.Length };
        }

        if (Result is { IsWhole: false })
            Result = Result with { FinishReason = FinishReason.Length };
    }

    /// <summary>Asks for its end within one token. Any thread; never fails.</summary>
    public void Stop() => Answer.Stop();

    /// <summary>It as whoever judges the next answer knows it; null where it did not come to its end or was not judged there.</summary>
    public EarlierAnswer? ToEarlier() => IsWhole && Judge is { IsEarly: false, OwnProbability: { } own } ? new(Member, own, Text.ToString()) : null;

    /// <summary>Its member's work as the outcome tells it; null while it runs.</summary>
    public CascadePass? ToPass() => Result is null ? null : new(Member, Result, Failure?.Message)
    {
        IsElsewhere = _isElsewhere,
        Cost = _price?.Of(Result.PromptTokens, Result.OutputTokens),
    };

    public ValueTask DisposeAsync()
    {
        _span?.Dispose();
        return Answer.DisposeAsync();
    }

    private bool IsRejected => IsGated && Judge is { Verdict: Verdict.Reject } or { Fault: not null };

    private static async ValueTask<IAnswer> StartSideBySideAsync(
        MemberLease lease, GenerationRequest request, AnswerJudge? judge, CancellationToken cancellationToken)
    {
        List<IAnswer> answers = [];
        try
        {
            for (int choice = 0; choice < request.Choices; choice++)
            {
                GenerationRequest one = request with { Choices = 1, Seed = unchecked(request.Seed + (ulong)choice) };
                answers.Add(await lease.StartAsync(one, choice == 0 ? judge : null, cancellationToken));
            }

            return new SideBySide(answers);
        }
        catch
        {
            foreach (IAnswer answer in answers)
                await answer.DisposeAsync();
            throw;
        }
    }

    private GenerationResult Sum()
    {
        GenerationResult first = _choices[0].Result ?? Measured();
        return _choices.Length == 1 ? first : first with
        {
            Choices = _choices.Length,
            OutputTokens = _choices.Sum(choice => choice.Result?.OutputTokens ?? choice.Count),
            ReasoningTokens = _choices.Sum(choice => choice.Result?.ReasoningTokens ?? 0),
            TimeToFirstToken = _choices.Min(choice => choice.Result?.TimeToFirstToken ?? first.TimeToFirstToken),
            EndToEnd = _choices.Max(choice => choice.Result?.EndToEnd ?? first.EndToEnd),
        };
    }

    // Of a member that gives no result.
    private GenerationResult Measured() => new()
    {
        FinishReason = FinishReason.Cancelled,
        PromptTokens = 0,
        CachedTokens = 0,
        OutputTokens = _choices[0].Count,
        SubmittedAt = _startedAt,
        TimeToFirstToken = _choices[0].Count == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_startedAt, _firstAt),
        EndToEnd = Stopwatch.GetElapsedTime(_startedAt),
    };

    /// <summary>One of the answers.</summary>
    private sealed class Choice
    {
        private readonly List<AnswerEvent> _tokens = [];
        private int _released;
        private int _shown;

        public GenerationResult? Result { get; set; }

        /// <summary>Its tokens so far.</summary>
        public int Count { get; set; }

        public int Shown { get; set; }

        public List<int> TokenEnds { get; } = [];

        /// <summary>The tokens that have released text, with those before them.</summary>
        public IReadOnlyList<AnswerEvent> Released => _tokens.GetRange(0, _released);

        public void Keep(in AnswerEvent token)
        {
            _tokens.Add(token);
            if (!token.Text.Start.Equals(token.Text.End))
                _released = _tokens.Count;
        }

        public AnswerEvent[] TakeTokens()
        {
            AnswerEvent[] rest = _shown == _released ? [] : [.. _tokens.GetRange(_shown, _released - _shown)];
            _shown = _released;
            return rest;
        }
    }
}

/// <summary>
/// Judges an answer where it is made: a rejected one ends with the token that it was rejected at. Written on the member's thread up to
/// the end of the answer, read on the request's.
/// </summary>
/// <param name="verdict">Judges.</param>
/// <param name="isGated">Whether the answer may be rejected; one that may not is watched only.</param>
internal sealed class AnswerJudge(RunningVerdict verdict, bool isGated) : IAnswerObserver
{
    private long _firstAt;
    private TimeSpan? _acceptedAfter;
    private int _count;
    private volatile int _verdict = (int)Verdict.Continue;
    private volatile Exception? _fault;

    /// <summary>The verdict so far; final once it is not <see cref="Verdict.Continue"/>.</summary>
    public Verdict Verdict => (Verdict)_verdict;

    /// <summary>Whether it fell before the end.</summary>
    public bool IsEarly { get; private set; }

    /// <summary>Tokens that had been made when it fell.</summary>
    public int OutputTokens => _count;

    /// <summary>When it saw the first token, as <see cref="Stopwatch.GetTimestamp"/>; 0 before.</summary>
    public long BeganAt => _firstAt;

    /// <summary>When the verdict fell, likewise.</summary>
    public long FellAt { get; private set; }

    /// <summary>From the first token to an acceptance before the end; null without one.</summary>
    public TimeSpan? AcceptedAfter => Verdict == Verdict.Accept && IsEarly ? _acceptedAfter : null;

    /// <summary>The chance that the answer is right; null before it was judged.</summary>
    public double? OwnProbability => verdict.OwnProbability;

    /// <summary>The chance that the target's answer is; null before it was judged.</summary>
    public double? TargetProbability => verdict.TargetProbability;

    /// <summary>What broke the judge, which is a fault of this program; null if nothing did.</summary>
    public Exception? Fault => _fault;

    /// <inheritdoc/>
    public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
    {
        if (Verdict != Verdict.Continue || _fault is not null)
            return true;
        if (_count++ == 0)
            _firstAt = Stopwatch.GetTimestamp();
        try
        {
            TokenSignals signals = token.Signals ?? new(float.NaN, float.NaN, float.NaN);
            Verdict now = verdict.Add(signals.LogProbability, signals.Entropy, signals.Margin, text);
            if (now == Verdict.Continue)
                return true;
            IsEarly = true;
            FellAt = Stopwatch.GetTimestamp();
            _acceptedAfter = Stopwatch.GetElapsedTime(_firstAt, FellAt);
            _verdict = (int)now;
            return now == Verdict.Accept;
        }
        catch (Exception e)
        {
            // Whatever it is, the member's other answers must go on.
            _fault = e;
            return !isGated;
        }
    }

    /// <summary>Judges the whole answer, unless the verdict has already fallen.</summary>
    public void Finish(AnswerEnd end, ReadOnlySpan<char> answer)
    {
        if (Verdict != Verdict.Continue || _fault is not null)
            return;
        try
        {
            Verdict now = verdict.Finish(end, answer);
            FellAt = Stopwatch.GetTimestamp();
            _verdict = (int)now;
        }
        catch (Exception e)
        {
            _fault = e;
        }
    }
}
