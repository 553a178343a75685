namespace CascadeLocal.Cascade.Decisions;

/// <summary>The last answers by their ids. Thread-safe.</summary>
public sealed class RecentAnswers : ICascadeObserver
{
    /// <summary>How many answers are remembered unless a caller says otherwise.</summary>
    public const int DefaultCapacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AnswerOrigin> _answers = [];
    private readonly Queue<string> _oldest = new();
    private readonly int _capacity;

    /// <param name="capacity">Answers that are remembered; at least 1.</param>
    public RecentAnswers(int capacity = DefaultCapacity) => _capacity = capacity;

    /// <summary>Whether an answer has been forgotten: from then on an unknown id may have been a real one.</summary>
    public bool HasForgotten { get; private set; }

    /// <summary>The answer of that id, or null.</summary>
    public AnswerOrigin? Find(string id)
    {
        lock (_lock)
            return _answers.GetValueOrDefault(id);
    }

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        if (outcome.Delivered is null)
            return;
        lock (_lock)
        {
            if (!_answers.TryAdd(outcome.Decision.Id, new(outcome.Decision.Cluster, outcome.Member) { CacheSalt = outcome.CacheSalt }))
                return;
            _oldest.Enqueue(outcome.Decision.Id);
            if (_oldest.Count <= _capacity)
                return;
            _answers.Remove(_oldest.Dequeue());
            HasForgotten = true;
        }
    }
}

/// <summary>What is remembered of an answer until feedback comes.</summary>
/// <param name="Cluster">The request's cluster; null where it was not embedded.</param>
/// <param name="Member">The member that answered.</param>
public sealed record AnswerOrigin(string? Cluster, string Member)
{
    /// <summary>Whose it is, as <see cref="GenerationRequest.CacheSalt"/>.</summary>
    public string CacheSalt { get; init; } = "";
}

/// <summary>What somebody said about an answer.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Correct">From 0, wrong, to 1, right.</param>
/// <param name="Time">When it was said.</param>
/// <param name="Answer">What is remembered of the answer; null where it is forgotten.</param>
public sealed record Feedback(string Id, double Correct, DateTimeOffset Time, AnswerOrigin? Answer)
{
    /// <summary>Who said it, as <see cref="GenerationRequest.CacheSalt"/>.</summary>
    public string CacheSalt { get; init; } = "";
}
