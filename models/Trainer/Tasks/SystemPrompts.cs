namespace CascadeLocal.Trainer.Tasks;

/// <summary>Short system prompts. None changes an answer: the members learn that one may stand there.</summary>
internal static class SystemPrompts
{
    public static IReadOnlyList<string> All { get; } =
    [
        "You are a helpful assistant.",
        "You are a helpful assistant. Answer the question.",
        "Answer the question. Be exact.",
        "You help people with their questions.",
        "Please help with words and numbers.",
        "Be nice and answer in English.",
    ];
}
