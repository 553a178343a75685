namespace CascadeLocal.Cascade.Conversations;

/// <summary>Which member gave the last answer of a conversation. Bounded: the least recently used one is forgotten. Thread-safe.</summary>
/// <param name="capacity">Conversations kept, at least 1.</param>
internal sealed class ConversationTable(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ConversationKey, LinkedListNode<(ConversationKey Key, string Member)>> _nodes = [];
    private readonly LinkedList<(ConversationKey Key, string Member)> _byUse = new();

    /// <summary>Conversations kept now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _nodes.Count;
        }
    }

    /// <summary>The member that answered, or null if that is not known (any more).</summary>
    public string? Find(ConversationKey key)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(key, out LinkedListNode<(ConversationKey, string Member)>? node))
                return null;
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Member;
        }
    }

    /// <summary>Remembers who answered; a later answer to the same turns replaces an earlier one.</summary>
    public void Remember(ConversationKey key, string member)
    {
        lock (_lock)
        {
            if (_nodes.Remove(key, out LinkedListNode<(ConversationKey, string)>? known))
                _byUse.Remove(known);
            else if (_nodes.Count == capacity)
                ForgetOldest();
            _nodes.Add(key, _byUse.AddFirst((key, member)));
        }
    }

    private void ForgetOldest()
    {
        _nodes.Remove(_byUse.Last!.Value.Key);
        _byUse.RemoveLast();
    }
}
