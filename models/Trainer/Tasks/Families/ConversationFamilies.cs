using System.Globalization;

using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Greetings, what the models can and cannot do, and questions that go on from the one before.</summary>
internal static class ConversationFamilies
{
    /// <summary>What the models can do.</summary>
    public const string Help = "I can help with sums and stories, with words and letters, with lists and facts, and with times and logic. "
        + "Ask me to add two numbers, to sort a list, to count letters or to name a capital.";

    private static readonly string[] StatementOpenings = ["", "Hi! ", "Hello! ", "Good day! ", "Hi there. "];
    private static readonly string[] NextOpenings = ["", "OK, ", "Thanks. ", "Good. ", "Next one: "];
    private static readonly string[] NextClosings = ["", " Thanks.", " I need the answer now.", " Please be exact."];

    private static readonly string[] Attributes =
        ["name", "code", "dog", "cat", "room", "word", "number", "friend", "city", "color", "teacher", "horse"];

    private static readonly string[] Colors =
        ["red", "green", "blue", "black", "white", "yellow", "orange", "brown", "pink", "gray", "purple", "silver"];

    public static TaskFamily Greet { get; } = new()
    {
        Name = "greet",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Practice = 1.5,
        Phrasings = new Phrasings(
            StatementOpenings,
            ["my name is {0}.", "I am {0}.", "this is {0}.", "{0} is my name."],
            ["people call me {0}."],
            ["", " How are you?", " Nice to meet you.", " I am new here."]),
        KeepsOperandCase = true,
        Ask = (random, _) =>
        {
            string name = random.Pick(Names.All);
            return new Problem($"Hello {name}, nice to meet you! How can I help you today?", name);
        },
    };

    public static TaskFamily Ability { get; } = new()
    {
        Name = "ability",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Practice = 2,
        Phrasings = Wording.Chat(
            [
                "what can you do?",
                "what can you help me with?",
                "what do you know?",
                "which questions can you answer?",
                "how can you help me?",
                "what can I ask you?",
            ],
            heldOut: "what are you good at?"),
        Ask = (_, _) => new Problem(Help) { Closed = true },
    };

    public static TaskFamily CanDo { get; } = new()
    {
        Name = "can-do",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Practice = 1.5,
        Phrasings = Wording.Chat(
            ["can you {0}?", "do you know how to {0}?", "are you able to {0}?", "could you {0} for me?"],
            heldOut: "would it be possible for you to {0}?"),
        KeepsOperandCase = true,
        Ask = (random, _) =>
        {
            bool known = random.Next(2) == 0;
            string ability = random.Pick(known ? Abilities.Known : Abilities.Unknown);
            string answer = known ? $"Yes, I can {ability.Replace(" me ", " you ", StringComparison.Ordinal)}. Just ask me." : $"No, I cannot do that. {Help}";
            return new Problem(answer, ability) { Closed = true };
        },
    };

    public static TaskFamily UnknownPlace { get; } = new()
    {
        Name = "unknown-place",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Practice = 2,
        Phrasings = Wording.Chat(
            [
                "what is the weather in {0}?",
                "who won the game in {0}?",
                "how much is a hotel in {0}?",
                "what time is it in {0} now?",
            ],
            heldOut: "which film can I see in {0} tonight?"),
        Ask = (random, _) => new Problem(UnknownFamilies.Refusal, random.Pick(Places.All)),
    };

    public static TaskFamily UnknownPerson { get; } = new()
    {
        Name = "unknown-person",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Practice = 2,
        Phrasings = Wording.Chat(
            [
                "how old is {0}?",
                "where does {0} live?",
                "what did {0} say today?",
                "what is the phone number of {0}?",
            ],
            heldOut: "does {0} like me?"),
        Ask = (random, _) => new Problem(UnknownFamilies.Refusal, random.Pick(Names.All)),
    };

    public static TaskFamily Remember { get; } = new()
    {
        Name = "remember",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Practice = 1.5,
        Phrasings = new Phrasings(
            StatementOpenings,
            ["remember that my {0} is {1}.", "my {0} is {1}, remember it.", "please remember this: my {0} is {1}.", "do not forget that my {0} is {1}."],
            ["keep in mind that my {0} is {1}."],
            ["", " Thanks.", " OK?", " I will ask you later."]),
        KeepsOperandCase = true,
        Ask = (random, _) =>
        {
            string attribute = random.Pick(Attributes);
            string value = ValueOf(random, attribute);
            return new Problem($"OK, your {attribute} is {value}.", attribute, value);
        },
    };

    public static TaskFamily ToldName { get; } = new()
    {
        Name = "told-name",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Phrasings = new Phrasings(
            StatementOpenings,
            [
                "my name is {0} and my friend is {1}. What is my name?",
                "my dog is called {1} and my cat is called {0}. What is the name of my cat?",
                "{1} is my teacher and {0} is my doctor. Who is my doctor?",
                "our boat is named {0}, the neighbours have the {1}. What is our boat named?",
            ],
            ["{1} sits on my left and {0} on my right. Who sits on my right?"],
            ["", " Thanks.", " Please tell me.", " I forgot."]),
        KeepsOperandCase = true,
        Ask = (random, _) => Told(random.PickDistinct(Names.All, 2)),
    };

    public static TaskFamily ToldColor { get; } = new()
    {
        Name = "told-color",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Easy,
        Phrasings = new Phrasings(
            StatementOpenings,
            [
                "I have a {1} car and a {0} bike. What color is my bike?",
                "my bag is {0} and my shoes are {1}. What color is my bag?",
                "the door is {1} and the roof is {0}. Which color does the roof have?",
                "she wears a {0} hat and a {1} coat. What is the color of the hat?",
            ],
            ["one cup is {1}, the plate is {0}. In which color is the plate?"],
            ["", " Thanks.", " Please tell me.", " I forgot."]),
        Ask = (random, _) => Told(random.PickDistinct(Colors, 2)),
    };

    public static FollowUpFamily Recall { get; } = new()
    {
        Name = "recall",
        Topic = Topics.Conversation,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        Phrasings = new Phrasings(
            NextOpenings,
            ["what is my {0}?", "tell me my {0}.", "do you remember my {0}?", "what did I say my {0} is?"],
            ["say my {0} again."],
            NextClosings),
        Firsts = [Remember],
        FirstLevel = _ => 1,
        Between = [ArithmeticFamilies.Add, WordFamilies.Antonym, FactFamilies.Capital, LetterFamilies.Reverse],
        Continue = (_, first) => new Problem($"Your {first.Operands[0]} is {first.Operands[1]}.", first.Operands[0]),
    };

    public static FollowUpFamily FollowUp { get; } = new()
    {
        Name = "follow-up",
        Topic = Topics.Conversation,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = new Phrasings(
            NextOpenings,
            ["and {0}?", "now {0}.", "then {0}.", "please {0}."],
            ["after this {0}."],
            NextClosings),
        Firsts = [ArithmeticFamilies.Add, ArithmeticFamilies.Subtract, ArithmeticFamilies.Multiply],
        FirstLevel = level => level,
        Continue = GoOnFrom,
    };

    public static FollowUpFamily WhatAbout { get; } = new()
    {
        Name = "what-about",
        Topic = Topics.Conversation,
        Levels = 1,
        Difficulty = Difficulty.Medium,
        Phrasings = new Phrasings(
            NextOpenings,
            ["and {0}?", "what about {0}?", "and of {0}?", "now the same for {0}."],
            ["how is it for {0}?"],
            NextClosings),
        Firsts = [FactFamilies.Capital],
        FirstLevel = _ => 1,
        Continue = (random, _) => FactFamilies.CapitalOf(random.Pick(Countries.All)),
    };

    public static IReadOnlyList<ITaskFamily> Trained { get; } =
        [Greet, Ability, CanDo, UnknownPlace, UnknownPerson, Remember, Recall, FollowUp, WhatAbout];

    private static Problem Told(string[] values) => new($"It is {values[0]}.", values);

    private static string ValueOf(Random random, string attribute) => attribute switch
    {
        "code" => $"{random.Number(4)}",
        "room" or "number" => $"{random.Number(random.Between(2, 3))}",
        "word" => random.Pick(CommonWords.All),
        "city" => random.Pick(Countries.All).Capital,
        "color" => random.Pick(Colors),
        _ => random.Pick(Names.All),
    };

    private static Problem GoOnFrom(Random random, Problem first)
    {
        int value = int.Parse(first.Answer, CultureInfo.InvariantCulture);
        int more = value < 100 ? random.Between(2, 9) : random.Between(11, 99);
        return random.Next(3) switch
        {
            0 when value >= more => new Problem($"{value}-{more}={value - more}", $"take {more} away from that"),
            1 => new Problem($"{value}+{more}={value + more}", $"add {more} to that"),
            _ => new Problem($"2*{value}={2 * value}", "double that"),
        };
    }
}
