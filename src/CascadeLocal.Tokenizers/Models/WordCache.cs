using System.Collections.Concurrent;

using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

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
