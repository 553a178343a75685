namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Openings and closings that families share: few words, so that the tokenizer can hold them whole.</summary>
internal static class Wording
{
    private static readonly string[] Openings =
        ["", "Please help me. ", "Hi! ", "Here is a question: ", "OK, next one: "];

    private static readonly string[] Closings = ["", " Thanks.", " I need the answer now.", " Please be exact."];

    private static readonly string[] StoryOpenings =
        ["", "Here is a story. ", "Please help me with this. ", "Think about this: ", "OK, next one: "];

    private static readonly string[] ChatOpenings = ["", "Hi! ", "Hello! ", "OK, ", "Tell me, "];

    private static readonly string[] ChatClosings = ["", " Thanks.", " I would like to know.", " Please answer me."];

    /// <summary>A question or a request.</summary>
    public static Phrasings Question(string[] cores, string heldOut) => new(Openings, cores, [heldOut], Closings);

    /// <summary>A little story and what is asked about it.</summary>
    public static Phrasings Story(string[] cores, string heldOut) => new(StoryOpenings, cores, [heldOut], Closings);

    /// <summary>Small talk.</summary>
    public static Phrasings Chat(string[] cores, string heldOut) => new(ChatOpenings, cores, [heldOut], ChatClosings);
}
