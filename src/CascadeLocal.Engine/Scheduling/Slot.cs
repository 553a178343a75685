using CascadeLocal.Engine.KvCache;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// One sequence of the KV cache and the tokens in it. Running, it belongs to a request; idle, it keeps the tokens of
/// the last one for prompts that begin alike.
/// </summary>
internal sealed class Slot(int id, IKvCache kv)
{
    private int[] _tokens = [];

    /// <summary>The sequence's id in the KV cache.</summary>
    public int Id { get; } = id;

    /// <summary>The request it is running, or null when idle.</summary>
    public Sequence? Owner { get; private set; }

    /// <summary>Whose tokens it holds.</summary>
    public string Salt { get; private set; } = "";

    /// <summary>When it was last used, in steps.</summary>
    public long LastUsed { get; private set; }

    /// <summary>Tokens in the KV cache.</summary>
    public int Length => kv.Length(Id);

    /// <summary>The tokens in the KV cache.</summary>
    public ReadOnlySpan<int> Cached => _tokens.AsSpan(0, Length);

    /// <summary>How many tokens of <paramref name="prompt"/> it holds from the start.</summary>
    public int CommonPrefix(ReadOnlySpan<int> prompt, string salt) =>
        string.Equals(Salt, salt, StringComparison.Ordinal) ? Cached.CommonPrefixLength(prompt) : 0;

    /// <summary>Gives it to a request whose first <see cref="Length"/> tokens it holds.</summary>
    public void Assign(Sequence owner)
    {
        Owner = owner;
        Salt = owner.CacheSalt;
        _tokens = owner.Tokens;
        owner.Slot = this;
    }

    /// <summary>Takes it from its request; what it holds stays.</summary>
    public void Release(long step)
    {
        Owner!.Slot = null;
        Owner = null;
        LastUsed = step;
    }

    /// <summary>Forgets all but the first <paramref name="length"/> tokens.</summary>
    public int Truncate(int length) => kv.Truncate(Id, length);
}
