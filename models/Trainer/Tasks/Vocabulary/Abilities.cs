namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>What the shipped models can be asked for, and what they cannot do.</summary>
internal static class Abilities
{
    public static IReadOnlyList<string> Known { get; } =
    [
        "add numbers", "multiply numbers", "subtract numbers", "solve word problems", "sort numbers", "sort letters",
        "count letters", "reverse a word", "spell a word", "copy a list", "find the largest number", "find the smallest number", "double a number", "name the first letter of a word",
        "translate words into French", "translate words into Spanish", "translate words into German",
        "name capitals", "tell me about a country", "convert units", "work with times", "continue a sequence",
        "find opposites", "form plurals", "put a verb into the past tense",
    ];

    public static IReadOnlyList<string> Unknown { get; } =
    [
        "drive a car", "cook dinner", "book a hotel", "call a taxi", "play music", "draw a picture", "send an email",
        "read my mail", "write a novel", "see the future", "open the window", "buy a ticket", "order a pizza",
        "browse the web", "take a photo", "sing a song", "fix my computer", "walk the dog", "open a file",
        "watch a film", "pay my bills", "predict the weather",
    ];
}
