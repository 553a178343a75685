namespace CascadeLocal.Engine.Text;

/// <summary>
/// Unicode sets U+FDD0 to U+FDEF aside for the inside of programs. One that a conversation does not use marks places in
/// its text that have to survive a template.
/// </summary>
internal static class Noncharacters
{
    private const char First = '\uFDD0';
    private const int Count = 32;

    /// <summary>Two different noncharacters that are in none of <paramref name="messages"/>.</summary>
    /// <exception cref="ChatTemplateException">The messages use nearly all of them.</exception>
    public static (char First, char Second) Unused(IReadOnlyList<ChatMessage> messages)
    {
        uint used = 0;
        foreach (ChatMessage message in messages)
        {
            foreach (char c in message.Content)
            {
                if (c - First is >= 0 and < Count)
                    used |= 1u << (c - First);
            }
        }

        int first = System.Numerics.BitOperations.TrailingZeroCount(~used);
        int second = System.Numerics.BitOperations.TrailingZeroCount(~(used | (1u << first)));
        if (first >= Count || second >= Count)
            throw new ChatTemplateException("The conversation uses the Unicode noncharacters U+FDD0 to U+FDEF, which text may not.");
        return ((char)(First + first), (char)(First + second));
    }
}
