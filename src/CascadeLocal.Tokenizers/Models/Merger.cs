using System.Collections.Concurrent;

using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>A part of a word that is being merged.</summary>
/// <param name="Start">Where it starts in the word, in bytes.</param>
/// <param name="Length">Its bytes; 0 once it is merged into the one before.</param>
/// <param name="Piece">What it is, as its vocabulary numbers it; -1 if it is nothing known.</param>
internal record struct Part(int Start, int Length, int Piece)
{
    public int Previous { get; set; }

    public int Next { get; set; }
}

/// <summary>Which parts merge.</summary>
internal interface IMergeRule
{
    /// <summary>Whether two neighbours merge.</summary>
    /// <param name="word">The word they are parts of.</param>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <param name="rank">When: the lowest first.</param>
    /// <param name="piece">Into what.</param>
    bool TryMerge(ReadOnlySpan<byte> word, in Part left, in Part right, out uint rank, out int piece);
}

/// <summary>
/// Merges neighbours until none are left that merge: the pair of the lowest rank first, of equal ones the leftmost. To be used again
/// for the next word.
/// </summary>
internal sealed class Merger
{
    /// <summary>Up to here, looking at all pairs for every merge is the fastest way.</summary>
    private const int ShortWord = 32;

    private readonly uint[] _ranks = new uint[ShortWord];
    private readonly int[] _pieces = new int[ShortWord];
    private readonly MergeQueue _queue = new();
    private Part[] _parts = new Part[64];
    private int _count;

    /// <summary>Forgets the last word.</summary>
    public void Clear() => _count = 0;

    /// <summary>Adds a part behind the others.</summary>
    public void Add(int start, int length, int piece)
    {
        if (_count == _parts.Length)
            Array.Resize(ref _parts, _count * 2);
        _parts[_count] = new Part(start, length, piece) { Previous = _count - 1, Next = _count + 1 };
        _count++;
    }

    /// <summary>Merges the parts, and returns those that are left in order.</summary>
    public ReadOnlySpan<Part> Merge<TRule>(ReadOnlySpan<byte> word, TRule rule, TokenSink sink)
        where TRule : IMergeRule
    {
        if (_count <= ShortWord)
            MergeShort(word, rule);
        else
            MergeLong(word, rule, sink);
        return _parts.AsSpan(0, _count);
    }

    // The rank of each part with the next one stands beside it; the highest means that they do not merge.
    private void MergeShort<TRule>(ReadOnlySpan<byte> word, TRule rule)
        where TRule : IMergeRule
    {
        for (int left = 0; left < _count - 1; left++)
            Rank(word, rule, left);
        while (_count > 1)
        {
            int best = 0;
            for (int left = 1; left < _count - 1; left++)
            {
                if (_ranks[left] < _ranks[best])
                    best = left;
            }

            if (_ranks[best] == uint.MaxValue)
                return;
            _parts[best].Length += _parts[best + 1].Length;
            _parts[best].Piece = _pieces[best];
            _count--;
            _parts.AsSpan(best + 2, _count - best - 1).CopyTo(_parts.AsSpan(best + 1));
            if (_count - best - 2 > 0)
            {
                _ranks.AsSpan(best + 2, _count - best - 2).CopyTo(_ranks.AsSpan(best + 1));
                _pieces.AsSpan(best + 2, _count - best - 2).CopyTo(_pieces.AsSpan(best + 1));
            }

            if (best > 0)
                Rank(word, rule, best - 1);
            if (best < _count - 1)
                Rank(word, rule, best);
        }
    }

    private void Rank<TRule>(ReadOnlySpan<byte> word, TRule rule, int left)
        where TRule : IMergeRule
    {
        if (!rule.TryMerge(word, _parts[left], _parts[left + 1], out _ranks[left], out _pieces[left]))
            _ranks[left] = uint.MaxValue;
    }

    private void MergeLong<TRule>(ReadOnlySpan<byte> word, TRule rule, TokenSink sink)
        where TRule : IMergeRule
    {
        for (int left = 0; left < _count - 1; left++)
        {
            sink.Work(1);
            Consider(word, rule, left, left + 1);
        }

        while (_queue.TryTake(out MergeCandidate candidate))
        {
            sink.Work(1);
            ref Part left = ref _parts[candidate.Left];
            ref Part right = ref _parts[candidate.Right];

            // Parts only grow or vanish, so equal lengths mean that neither has changed.
            if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != candidate.Length)
                continue;
            left.Length = candidate.Length;
            left.Piece = candidate.Piece;
            left.Next = right.Next;
            right.Length = 0;
            if (left.Next < _count)
                _parts[left.Next].Previous = candidate.Left;
            if (left.Previous >= 0)
                Consider(word, rule, left.Previous, candidate.Left);
            if (left.Next < _count)
                Consider(word, rule, candidate.Left, left.Next);
        }

        int kept = 0;
        for (int i = 0; i < _count; i = _parts[i].Next)
            _parts[kept++] = _parts[i];
        _count = kept;
    }

    private void Consider<TRule>(ReadOnlySpan<byte> word, TRule rule, int left, int right)
        where TRule : IMergeRule
    {
        ref Part first = ref _parts[left];
        ref Part second = ref _parts[right];
        if (rule.TryMerge(word, first, second, out uint rank, out int piece))
            _queue.Add(rank, new(left, right, first.Length + second.Length, piece));
    }
}

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

/// <summary>The tokens of words that were met before. Thread-safe; it stops growing at a fixed size.</summary>
internal sealed class WordCache
{
    private const int LongestWord = 24;
    private const int MostWords = 1 << 15;

    private readonly ConcurrentDictionary<byte[], int[]> _words = new(ByteStrings.Comparer);
    private readonly ConcurrentDictionary<byte[], int[]>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private int _count;

    public WordCache() => _bySpan = _words.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Adds the tokens of a word, if they are known.</summary>
    public bool TryAdd(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (word.Length > LongestWord || !_bySpan.TryGetValue(word, out int[]? ids))
            return false;
        foreach (int id in ids)
            sink.Add(id);
        return true;
    }

    /// <summary>Keeps the tokens that were added for a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="sink">Where they were added.</param>
    /// <param name="before">How many there were before.</param>
    public void Keep(ReadOnlySpan<byte> word, TokenSink sink, int before)
    {
        if (word.Length > LongestWord || Volatile.Read(ref _count) >= MostWords)
            return;
        if (_bySpan.TryAdd(word, sink.Since(before)))
            Interlocked.Increment(ref _count);
    }
}
