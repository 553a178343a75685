using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

using CascadeLocal.Engine.Text;

namespace CascadeLocal.Cascade.Conversations;

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
