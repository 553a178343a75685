namespace CascadeLocal.Server.Responses;

/// <summary>
/// Responses that can be continued and asked for again, in memory. Each belongs to the key that it was made with, and exists for no
/// other. Bounded: where there are too many, the key that has the most loses what it has not used for the longest time, so that none
/// pushes out what others have. Thread-safe.
/// </summary>
/// <param name="maxCount">The most responses that are kept.</param>
/// <param name="maxBytes">What they may take together, about.</param>
internal sealed class ResponseStore(int maxCount = 4096, long maxBytes = 64L << 20)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<StoredResponse>> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Holding> _byOwner = new(StringComparer.Ordinal);

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
            if (!_byOwner.TryGetValue(response.Owner, out Holding? holding))
                _byOwner.Add(response.Owner, holding = new());
            _byId.Add(response.Id, holding.ByUse.AddFirst(response));
            holding.Bytes += response.Size;
            Bytes += response.Size;
            while (_byId.Count > maxCount)
                Forget(response, held => held.ByUse.Count);
            while (Bytes > maxBytes)
                Forget(response, held => held.Bytes);
        }
    }

    /// <summary>The one of that id; null where it is not kept, or is somebody else's.</summary>
    public StoredResponse? Find(string id, string owner)
    {
        lock (_gate)
        {
            if (NodeOf(id, owner) is not { } node)
                return null;
            LinkedList<StoredResponse> byUse = node.List!;
            byUse.Remove(node);
            byUse.AddFirst(node);
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
            theirs = _byOwner.TryGetValue(owner, out Holding? holding) ? [.. holding.ByUse] : [];
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

    // What was just added is kept, since its client may continue it at once; so the others lose no more by it than its size.
    private void Forget(StoredResponse added, Func<Holding, long> amount) =>
        Remove(_byOwner.Values.Where(holding => !ReferenceEquals(holding.ByUse.Last!.Value, added)).MaxBy(amount)!.ByUse.Last!);

    private void Remove(LinkedListNode<StoredResponse> node)
    {
        StoredResponse response = node.Value;
        Holding holding = _byOwner[response.Owner];
        holding.ByUse.Remove(node);
        holding.Bytes -= response.Size;
        if (holding.ByUse.Count == 0)
            _byOwner.Remove(response.Owner);
        _byId.Remove(response.Id);
        Bytes -= response.Size;
    }

    /// <summary>What is kept of one key.</summary>
    private sealed class Holding
    {
        /// <summary>Its responses; the one that was used last comes first.</summary>
        public LinkedList<StoredResponse> ByUse { get; } = [];

        /// <summary>What they take together.</summary>
        public long Bytes { get; set; }
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
