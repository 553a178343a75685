namespace CascadeLocal.Tokenizers.Models;

/// <summary>Two parts that may merge.</summary>
/// <param name="Left">The index of the first.</param>
/// <param name="Right">The index of the second.</param>
/// <param name="Length">The bytes of both.</param>
/// <param name="Piece">What they become.</param>
internal readonly record struct MergeCandidate(int Left, int Right, int Length, int Piece);

/// <summary>
/// Gives candidates back by rank, and those of one rank from left to right. A long word has few ranks and many candidates of each,
/// which mostly come in order: so there is a heap of the ranks, and a list for each of them.
/// </summary>
internal sealed class MergeQueue
{
    private readonly Dictionary<uint, Bucket> _buckets = [];
    private readonly PriorityQueue<Bucket, uint> _ranks = new();
    private readonly Stack<Bucket> _unused = new();

    public void Add(uint rank, MergeCandidate candidate)
    {
        if (!_buckets.TryGetValue(rank, out Bucket? bucket))
        {
            bucket = _unused.TryPop(out Bucket? unused) ? unused : new();
            bucket.Rank = rank;
            _buckets.Add(rank, bucket);
            _ranks.Enqueue(bucket, rank);
        }

        bucket.Add(candidate);
    }

    /// <summary>Takes the first candidate.</summary>
    public bool TryTake(out MergeCandidate candidate)
    {
        while (_ranks.TryPeek(out Bucket? bucket, out _))
        {
            if (bucket.TryTake(out candidate))
                return true;
            _ranks.Dequeue();
            _buckets.Remove(bucket.Rank);
            bucket.Clear();
            _unused.Push(bucket);
        }

        candidate = default;
        return false;
    }

    /// <summary>The candidates of one rank.</summary>
    private sealed class Bucket
    {
        private readonly List<MergeCandidate> _inOrder = [];
        private readonly PriorityQueue<MergeCandidate, int> _late = new();
        private int _next;

        public uint Rank { get; set; }

        public void Add(MergeCandidate candidate)
        {
            if (_inOrder.Count == 0 || _inOrder[^1].Left <= candidate.Left)
                _inOrder.Add(candidate);
            else
                _late.Enqueue(candidate, candidate.Left);
        }

        public bool TryTake(out MergeCandidate candidate)
        {
            bool hasLate = _late.TryPeek(out _, out int left);
            if (_next < _inOrder.Count && (!hasLate || _inOrder[_next].Left <= left))
            {
                candidate = _inOrder[_next++];
                return true;
            }

            return _late.TryDequeue(out candidate, out _);
        }

        public void Clear()
        {
            _inOrder.Clear();
            _next = 0;
        }
    }
}
