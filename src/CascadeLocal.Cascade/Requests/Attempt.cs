using System.Diagnostics;

using CascadeLocal.Cascade.Policies;
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
    /// <param name="ticket">The request's place; null for one that asks for a single answer and has none.</param>
    /// <param name="cancellationToken">Takes it back.</param>
    /// <inheritdoc cref="IMember.StartAsync" path="/exception"/>
    public static async ValueTask<Attempt> StartAsync(
        MemberLease lease, GenerationRequest request, RunningVerdict? verdict, bool isGated, ReadOnlyMemory<int> draft,
        AdmissionTicket? ticket, CancellationToken cancellationToken)
    {
        MemberCapabilities can = lease.Capabilities;
        if (can.VocabularySize is { } size)
            InvalidTokensException.ThrowIfUnknown(request.LogitBias.Keys, size, InvalidTokensException.LogitBias);

        if (request.TopCandidates is not null && can.Signals < (request.TopCandidates > 0 ? SignalKind.TopCandidates : SignalKind.LogProbability))
            throw new RequestRefusedException($"The model '{lease.Name}' does not tell the log-probabilities that were asked for.", "logprobs");

        AnswerJudge? judge = verdict is null ? null : new(verdict, isGated);
        RemoteSpan? span = lease.IsElsewhere ? RemoteSpan.Begin(lease.Name, lease.Endpoint, request.Trace) : null;
        request = request with { Draft = draft, Trace = span?.Context ?? request.Trace };
        try
        {
            IAnswer answer = request.Choices == 1
                ? await lease.StartAsync(request, judge, cancellationToken)
                : await SideBySide.StartAsync(
                    (choice, stop) => lease.StartAsync(
                        request with { Choices = 1, Seed = unchecked(request.Seed + (ulong)choice) }, choice == 0 ? judge : null, stop),
                    request.Choices, lease, ticket!, cancellationToken);
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
        [.. _choices.Select((choice, i) => new DeliveredAnswer(Answer.TextOf(i).ToString(), choice.Result?.FinishReason ?? FinishReason.Length, choice.Released, Answer.Markup, choice.TokenEnds) { IsStopped = choice.Result?.IsStopped == true })];

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
    public EarlierAnswer? ToEarlier() => IsWhole && Judge is { IsEarly: false, AloneProbability: { } own } ? new(Member, own, Text.ToString()) : null;

    /// <summary>Its member's work as the outcome tells it; null while it runs.</summary>
    public CascadePass? ToPass() => Result is null ? null : new(Member, Result, Failure?.Message)
    {
        IsElsewhere = _isElsewhere,
        Cost = CostOf(Result),
    };

    public ValueTask DisposeAsync()
    {
        _span?.Dispose();
        return Answer.DisposeAsync();
    }

    // Of several answers each is a request of its own elsewhere, and pays for its prompt. A prompt that nobody counted costs who knows what.
    private double? CostOf(GenerationResult result) => _isElsewhere && result.PromptTokens == 0
        ? null
        : _price?.Of(result.PromptTokens * (_isElsewhere ? result.Choices : 1), result.OutputTokens);

    private bool IsRejected => IsGated && Judge is { Verdict: Verdict.Reject } or { Fault: not null };

    private GenerationResult Sum()
    {
        GenerationResult first = _choices[0].Result ?? Measured();
        return _choices.Length == 1 ? first : first with
        {
            Choices = _choices.Length,
            OutputTokens = _choices.Sum(choice => choice.Result?.OutputTokens ?? choice.Count),
            ReasoningTokens = _choices.Sum(choice => choice.Result?.ReasoningTokens ?? 0),
            UnseenTokens = _choices.Sum(choice => choice.Result?.UnseenTokens ?? 0),
            TimeToFirstToken = _choices.Select(choice => choice.Result).Where(each => each is { OutputTokens: > 0 })
                .Select(each => each!.TimeToFirstToken + After(first, each)).DefaultIfEmpty(first.TimeToFirstToken).Min(),
            EndToEnd = _choices.Max(choice => choice.Result is { } each ? each.EndToEnd + After(first, each) : first.EndToEnd),
        };
    }

    // Not all of the answers side by side begin at once.
    private static TimeSpan After(GenerationResult first, GenerationResult other) =>
        first.SubmittedAt == 0 || other.SubmittedAt == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(first.SubmittedAt, other.SubmittedAt);

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

/// <summary>The members that one request may ask. A member that leaves the pool meanwhile stays with those who hold it.</summary>
internal sealed class MemberLeases(ModelPool pool) : IDisposable
{
    private readonly Dictionary<string, MemberLease> _leases = new(StringComparer.Ordinal);

    /// <summary>Takes hold of members, as far as they are ready.</summary>
    public void Take(IEnumerable<string> members)
    {
        foreach (string member in members)
        {
            if (!_leases.ContainsKey(member) && pool.Find(member)?.TryLease() is { } lease)
                _leases.Add(member, lease);
        }
    }

    /// <summary>One of them, or one more.</summary>
    /// <exception cref="MemberUnavailableException">It is not ready, or has left.</exception>
    public MemberLease Get(string member)
    {
        if (!_leases.TryGetValue(member, out MemberLease? lease))
        {
            lease = pool.Find(member)?.Lease() ?? throw new MemberUnavailableException($"The model '{member}' was just removed.");
            _leases.Add(member, lease);
        }

        return lease;
    }

    /// <summary>The tokens of a rejected answer where it pays that the next member verifies them; else none.</summary>
    /// <param name="member">The next member.</param>
    /// <param name="rejected">The rejected answer.</param>
    /// <param name="path">The path of both.</param>
    /// <param name="breakEven">The accepted share above which it pays.</param>
    public ReadOnlyMemory<int> DraftFor(string member, Attempt rejected, EscalationPath path, double breakEven)
    {
        Rung? from = path.Rungs.FirstOrDefault(r => r.Member == rejected.Member);
        bool pays = from?.AcceptedShare > breakEven && Get(member).Capabilities.VerifiesDrafts
            && Get(rejected.Member).Capabilities.SharesVocabularyWith(Get(member).Capabilities);
        return pays ? rejected.Tokens : default;
    }

    public void Dispose()
    {
        foreach (MemberLease lease in _leases.Values)
            lease.Dispose();
    }
}
