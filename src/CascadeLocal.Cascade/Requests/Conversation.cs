using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CascadeLocal.Cascade.Requests;

/// <summary>Finds the text that a conversation is routed by.</summary>
internal static class RoutedText
{
    /// <summary>The first or last user message that has text, or a bare prompt; null where there is no text.</summary>
    public static string? Of(GenerationRequest request, ConversationRule rule)
    {
        if (request.PromptText is { } prompt)
            return string.IsNullOrWhiteSpace(prompt) ? null : prompt;
        IEnumerable<string> texts = request.Messages
            .Where(turn => turn.Role == "user" && !string.IsNullOrWhiteSpace(turn.Content))
            .Select(turn => turn.Content);
        return rule == ConversationRule.First ? texts.FirstOrDefault() : texts.LastOrDefault();
    }
}

/// <summary>How the turns of a conversation are routed.</summary>
public enum ConversationRule
{
    /// <summary>By the last user message, but never to a cheaper member than gave the last answer.</summary>
    Sticky,

    /// <summary>By the last user message alone.</summary>
    Last,

    /// <summary>By the first user message, so every turn alike.</summary>
    First,
}

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

/// <summary>Names a conversation up to one of its answers. Half of a SHA-256, so that nobody can make two meet.</summary>
internal readonly record struct ConversationKey(UInt128 Hash)
{
    private const string Assistant = "assistant";

    /// <summary>The conversation up to and including its last answer; null before the first one.</summary>
    /// <param name="client">Conversations of different clients are different.</param>
    /// <param name="turns">The turns of a request.</param>
    public static ConversationKey? BeforeLastQuestion(string client, IReadOnlyList<ChatMessage> turns)
    {
        int last = turns.Count - 1;
        while (last >= 0 && turns[last].Role != Assistant)
            last--;
        if (last < 0)
            return null;
        return Of(client, turns.Take(last + 1));
    }

    /// <summary>The conversation after <paramref name="answer"/> to it.</summary>
    public static ConversationKey AfterAnswer(string client, IReadOnlyList<ChatMessage> turns, string answer) =>
        Of(client, turns.Append(new ChatMessage(Assistant, answer)));

    private static ConversationKey Of(string client, IEnumerable<ChatMessage> turns)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, client);
        foreach (ChatMessage turn in turns)
        {
            Append(hash, turn.Role);
            // Clients often trim what they show and send back.
            Append(hash, turn.Role == Assistant ? turn.Content.AsSpan().Trim() : turn.Content);
        }

        return new(BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset()));
    }

    // With its length, so that text cannot move from one turn to the next unnoticed.
    private static void Append(IncrementalHash hash, ReadOnlySpan<char> text)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        hash.AppendData(length);
        hash.AppendData(MemoryMarshal.AsBytes(text));
    }
}
