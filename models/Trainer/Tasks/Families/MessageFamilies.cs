namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Whole messages that people wrote, each kind with one answer.</summary>
internal static class MessageFamilies
{
    public static IReadOnlyList<TaskFamily> Trained { get; } =
    [
        Of("hello", "Hello! How can I help you today?"),
        Of("thanks", "You are welcome!"),
        Of("who-are-you", "I am a small language model of CascadeLocal, trained from scratch."),
        Of("help", ConversationFamilies.Help),
    ];

    private static TaskFamily Of(string name, string answer) => new()
    {
        Name = name,
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Medium,
        Weight = 1.5,
        Practice = 1.5,
        Phrasings = Phrasings.None,
        Ask = (_, _) => new Problem(answer) { Closed = true },
    };
}
