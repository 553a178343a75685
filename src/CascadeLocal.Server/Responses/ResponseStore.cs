namespace CascadeLocal.Server.Responses;

/// <summary>
/// Responses that can be continued and asked for again, in memory. Bounded: whatever was not used for the longest time is forgotten
/// first. Each belongs to the key that it was made with, and exists for no other. Thread-safe.
/// </summary>
/// <param name="maxCount">The most responses that are kept.</param>
/// <param name="maxBytes">What they may take together, about.</param>
internal sealed class ResponseStore(int maxCount = 4096, long maxBytes = 64L << 20)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<StoredResponse>> _byId = new(StringComparer.Ordinal);

    // The one that was used last comes first.
    private readonly LinkedList<StoredResponse> _byUse = [];

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _byId.Count;
        }
    }

    /// <summary>What those that are kept take, about.</summary>
    public long Bytes { get; private set; }

    /// <summary>Keeps one, for which others may be forgotten; one that is larger than all may be together is not kept.</summary>
    public void Add(StoredResponse response)
    {
        if (response.Size > maxBytes)
            return;
        lock (_gate)
        {
            _byId.Add(response.Id, _byUse.AddFirst(response));
            Bytes += response.Size;
            while (_byId.Count > maxCount || Bytes > maxBytes)
                Remove(_byUse.Last!);
        }
    }

    /// <summary>The one of that id; null where it is not kept, or is somebody else's.</summary>
    public StoredResponse? Find(string id, string owner)
    {
        lock (_gate)
        {
            if (NodeOf(id, owner) is not { } node)
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    /// <summary>Items of theirs by their ids, as far as they are kept; of several of one id that of the response that was used last.</summary>
    public Dictionary<string, ResponseItem> FindItems(HashSet<string> ids, string owner)
    {
        Dictionary<string, ResponseItem> found = new(StringComparer.Ordinal);
        if (ids.Count == 0)
            return found;
        StoredResponse[] theirs;
        lock (_gate)
            theirs = [.. _byUse.Where(response => response.Owner == owner)];
        foreach (ResponseItem item in theirs.SelectMany(response => response.Conversation))
        {
            if (ids.Contains(item.Id) && found.TryAdd(item.Id, item) && found.Count == ids.Count)
                break;
        }

        return found;
    }

    /// <summary>Forgets one. What continues it is not touched.</summary>
    /// <returns>Whether it was kept, and theirs.</returns>
    public bool Remove(string id, string owner)
    {
        lock (_gate)
        {
            if (NodeOf(id, owner) is not { } node)
                return false;
            Remove(node);
            return true;
        }
    }

    private LinkedListNode<StoredResponse>? NodeOf(string id, string owner) =>
        _byId.TryGetValue(id, out LinkedListNode<StoredResponse>? node) && node.Value.Owner == owner ? node : null;

    private void Remove(LinkedListNode<StoredResponse> node)
    {
        _byUse.Remove(node);
        _byId.Remove(node.Value.Id);
        Bytes -= node.Value.Size;
    }
}

/// <summary>A response that is kept.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Json">What its client was sent.</param>
/// <param name="Input">The items of its request.</param>
/// <param name="Conversation">All items up to its own output, those that it continued included.</param>
internal sealed record StoredResponse(string Id, string Owner, byte[] Json, IReadOnlyList<ResponseItem> Input, IReadOnlyList<ResponseItem> Conversation)
{
    /// <summary>What it takes, about, in bytes. What it shares with others counts in each of them.</summary>
    public long Size { get; } = Json.Length + Conversation.Sum(item => item.Size);
}
