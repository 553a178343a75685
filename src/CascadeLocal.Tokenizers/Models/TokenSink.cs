using System.Runtime.InteropServices;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>Takes the tokens of one text, counts them, and asks now and then whether anybody still waits for them.</summary>
internal sealed class TokenSink(List<int> ids, int atMost, CancellationToken cancellationToken)
{
    /// <summary>A look costs some nanoseconds, this much work some hundred microseconds.</summary>
    private const int WorkBetweenLooks = 1 << 14;

    private readonly int _before = ids.Count;
    private int _work;

    /// <summary>Tokens so far.</summary>
    public int Count => ids.Count - _before;

    /// <summary>Whether there are more than are wanted: the rest is not looked at.</summary>
    public bool IsFull => Count > atMost;

    public void Add(int id) => ids.Add(id);

    /// <summary>Takes back all but the first <paramref name="count"/>.</summary>
    public void TakeBack(int count) => ids.RemoveRange(_before + count, Count - count);

    /// <summary>The tokens behind the first <paramref name="count"/>.</summary>
    public int[] Since(int count) => CollectionsMarshal.AsSpan(ids)[(_before + count)..].ToArray();

    /// <summary>Counts some steps of work, and ends the work once nobody waits for it.</summary>
    /// <exception cref="OperationCanceledException">Nobody does.</exception>
    public void Work(int steps)
    {
        _work += steps;
        if (_work < WorkBetweenLooks)
            return;
        _work = 0;
        cancellationToken.ThrowIfCancellationRequested();
    }
}

/// <summary>Takes the stretches of one text that lie between user-defined tokens, one after the other.</summary>
internal interface ITextSink
{
    /// <summary>Adds the tokens of a stretch, up to the last that is wanted.</summary>
    /// <param name="text">The stretch, not empty.</param>
    void Take(ReadOnlySpan<char> text);
}

/// <summary>One kind of vocabulary. Immutable.</summary>
internal abstract class TokenModel
{
    /// <summary>
    /// Bytes of a text that one token stands for at most. <see cref="int.MaxValue"/> where a token may stand for any number.
    /// </summary>
    public virtual int MostBytesPerToken => int.MaxValue;

    /// <summary>Begins a text. Its buffers are used again for every stretch.</summary>
    /// <param name="sink">Takes the tokens.</param>
    public abstract ITextSink Begin(TokenSink sink);
}
