using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>The last answers by their ids. Thread-safe.</summary>
public sealed class RecentAnswers : ICascadeObserver
{
    /// <summary>How many answers are remembered unless a caller says otherwise.</summary>
    public const int DefaultCapacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DeliveredAnswer> _answers = [];
    private readonly Queue<string> _oldest = new();
    private readonly int _capacity;

    /// <param name="capacity">Answers that are remembered; at least 1.</param>
    public RecentAnswers(int capacity = DefaultCapacity) => _capacity = capacity;

    /// <summary>Whether an answer has been forgotten: from then on an unknown id may have been a real one.</summary>
    public bool HasForgotten { get; private set; }

    /// <summary>The answer of that id, or null.</summary>
    public DeliveredAnswer? Find(string id)
    {
        lock (_lock)
            return _answers.GetValueOrDefault(id);
    }

    /// <inheritdoc/>
    public void OnDecided(CascadeDecision decision)
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        if (outcome.Delivered is null)
            return;
        lock (_lock)
        {
            if (!_answers.TryAdd(outcome.Decision.Id, new(outcome.Decision.Cluster, outcome.Model)))
                return;
            _oldest.Enqueue(outcome.Decision.Id);
            if (_oldest.Count <= _capacity)
                return;
            _answers.Remove(_oldest.Dequeue());
            HasForgotten = true;
        }
    }
}
