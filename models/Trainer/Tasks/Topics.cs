namespace CascadeLocal.Trainer.Tasks;

/// <summary>The nine topics: as many as the routing's clustering can tell apart.</summary>
internal static class Topics
{
    public const string Arithmetic = "arithmetic";
    public const string Stories = "stories";
    public const string Words = "words";
    public const string Letters = "letters";
    public const string Lists = "lists";
    public const string Facts = "facts";
    public const string Time = "time";
    public const string Logic = "logic";
    public const string Conversation = "conversation";
}
