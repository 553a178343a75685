namespace CascadeLocal.Bench.Drafts;

/// <summary>Questions of the kinds that the default tier was made for; any chat model answers something to them.</summary>
internal static class Questions
{
    /// <summary>Each as a conversation of its own.</summary>
    public static IReadOnlyList<ChatMessage[]> All { get; } =
    [
        .. new[]
        {
            "What is 27 + 58?", "What is 403 - 117?", "Work out 346 + 287 step by step.", "Work out 52 - 37 step by step.",
            "What is 12 * 7?", "What is the opposite of hot?", "What is the plural of mouse?", "What is the past tense of go?",
            "Spell the word planet.", "Reverse the word garden.", "Sort the letters of the word bread.",
            "Write the word river in upper case.", "How many times does the letter e occur in the word cheese?",
            "Ann has 7 apples and buys 5 more. How many apples does she have?", "Put these numbers in order: 9, 2, 7, 4.",
            "What day comes after Monday?",
        }.Select(question => new[] { new ChatMessage("user", question) }),
    ];
}
