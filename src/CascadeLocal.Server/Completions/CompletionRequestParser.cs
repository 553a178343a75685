using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Completions;

/// <summary>Reads a request to continue prompts, with the fields that it shares with chats.</summary>
internal static class CompletionRequestParser
{
    // OpenAI's, and vLLM's.
    private const int DefaultMaxTokens = 16;

    // Of a request, each with its own answers.
    private const int MaxAnswers = 128;

    private static readonly string[] Own = ["prompt", "echo", "suffix", "best_of"];

    public static IReadOnlyCollection<string> Served { get; } = [.. RequestFields.Common, .. Own];

    /// <exception cref="Http.ApiException">The request is refused, with status 400.</exception>
    public static CompletionBody Parse(ReadOnlyMemory<byte> body, string cacheSalt = "") =>
        ChatRequestParser.Parse(body, root => Read(root, cacheSalt));

    private static CompletionBody Read(JsonField root, string cacheSalt)
    {
        string[] ignored = RequestFields.Check(root, Served);
        IReadOnlyList<TextOrTokens> prompts = TextOrTokens.ReadAll(root.Required("prompt"), MaxAnswers);
        JsonField echo = root.Member("echo"), suffix = root.Member("suffix"), bestOf = root.Member("best_of"), count = root.Member("logprobs");
        if (!suffix.IsNull && suffix.String().Length > 0)
            throw suffix.Error("is not served: no member fills in the middle");
        // Here log-probabilities are asked for by the number of candidates.
        int? candidates = count.IsNull || count.Element.ValueKind == JsonValueKind.False ? null : count.Int32(0, 20);
        GenerationRequest request = ChatRequestParser.ReadCommon(
            new() { Id = $"cmpl-{Guid.NewGuid():N}", CacheSalt = cacheSalt, TopCandidates = candidates }, root, readsLogProbabilities: false);
        if (!bestOf.IsNull && bestOf.Int32(1, 128) != request.Choices)
            throw bestOf.Error("is not served; it may only be what 'n' is");
        bool echoes = !echo.IsNull && echo.Boolean();
        if (echoes && candidates is not null)
            throw echo.Error("cannot be had with 'logprobs': the prompt's own are not computed");
        if (echoes && prompts.Any(prompt => prompt.Text is null))
            throw echo.Error("needs the prompt as text");
        if (prompts.Count * request.Choices > MaxAnswers)
            throw root.Member("n").Error($"times the prompts may be at most {MaxAnswers}");
        if (prompts.Count > 1 && request.Streams)
            throw root.Member("stream").Error("is served for one prompt at a time");
        return new(request with { MaxTokens = request.MaxTokens ?? DefaultMaxTokens }, prompts, echoes, ChatRequestParser.ReadIncludeUsage(root, request.Streams), ignored);
    }
}

/// <summary>A checked body of /v1/completions.</summary>
/// <param name="Request">All but the prompt.</param>
/// <param name="Prompts">The prompts: a text, or token ids.</param>
/// <param name="Echoes">Whether the answers begin with their prompts.</param>
/// <param name="IncludeUsage">Whether a stream ends with a chunk that holds the usage.</param>
/// <param name="Ignored">Fields that changed nothing.</param>
internal sealed record CompletionBody(
    GenerationRequest Request, IReadOnlyList<TextOrTokens> Prompts, bool Echoes, bool IncludeUsage, IReadOnlyList<string> Ignored)
{
    /// <summary>The request of one of the prompts.</summary>
    public GenerationRequest RequestOf(int prompt) => Request with { PromptText = Prompts[prompt].Text, Prompt = Prompts[prompt].Tokens };
}
