namespace CascadeLocal.Server.Responses;

/// <summary>One thing in a conversation: something said, thought, called or returned. Input and output are made of the same.</summary>
/// <param name="Id">Names it, such as <c>msg_0123...</c>.</param>
internal abstract record ResponseItem(string Id)
{
    /// <summary>The longest id that a client may give an item, in characters.</summary>
    public const int LongestId = 64;

    // What an item takes beside its texts, and each of its texts beside its characters, about.
    private const int Overhead = 256;
    private const int TextOverhead = 32;

    /// <summary>Whether it came to its end; what the token limit cut did not.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>What it takes in memory, about, in bytes.</summary>
    public long Size => Overhead + (TextOverhead * (long)Texts) + (sizeof(char) * (Id.Length + Characters));

    /// <summary>The characters of its texts.</summary>
    public abstract long Characters { get; }

    private protected virtual int Texts => 1;

    public static string NewId(string kind) => $"{kind}_{Guid.NewGuid():N}";

    /// <summary>Something said.</summary>
    /// <param name="Id">Names it.</param>
    /// <param name="Role">Who says it: <c>user</c>, <c>assistant</c>, <c>system</c> or <c>developer</c>.</param>
    /// <param name="Parts">Its texts.</param>
    /// <param name="Tokens">The tokens that it is made of, where log-probabilities were asked for.</param>
    public sealed record Message(string Id, string Role, IReadOnlyList<string> Parts, IReadOnlyList<AnswerEvent> Tokens) : ResponseItem(Id)
    {
        public override long Characters => Parts.Sum(part => (long)part.Length);

        private protected override int Texts => Parts.Count;

        public static Message NewAnswer() => new(NewId("msg"), "assistant", [], []);
    }

    /// <summary>What the model thought before it answered.</summary>
    public sealed record Reasoning(string Id, string Text) : ResponseItem(Id)
    {
        public override long Characters => Text.Length;

        public static Reasoning New() => new(NewId("rs"), "");
    }

    /// <summary>A function that the model calls.</summary>
    /// <param name="Id">Names the item.</param>
    /// <param name="CallId">Names the call.</param>
    /// <param name="Name">The function.</param>
    /// <param name="Arguments">A JSON object, as text.</param>
    public sealed record FunctionCall(string Id, string CallId, string Name, string Arguments) : ResponseItem(Id)
    {
        public override long Characters => CallId.Length + Name.Length + Arguments.Length;
    }

    /// <summary>What a function returned.</summary>
    /// <param name="Id">Names the item.</param>
    /// <param name="CallId">The call that it answers.</param>
    /// <param name="Parts">Its texts.</param>
    public sealed record FunctionCallOutput(string Id, string CallId, IReadOnlyList<string> Parts) : ResponseItem(Id)
    {
        public override long Characters => CallId.Length + Parts.Sum(part => (long)part.Length);

        private protected override int Texts => Parts.Count;
    }
}
