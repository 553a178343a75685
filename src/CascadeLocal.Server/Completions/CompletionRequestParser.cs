using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Completions;

/// <summary>Reads a request to continue prompts, with the fields that it shares with chats.</summary>
internal static class CompletionRequestParser
{
    /// <summary>Where the request has what is continued.</summary>
    public const string PromptField = "prompt";

    // OpenAI's, and vLLM's.
    private const int DefaultMaxTokens = 16;

    // Of a request, each with its own answers.
    private const int MaxAnswers = 128;

    private static readonly RequestField<IReadOnlyList<TextOrTokens>> Prompt = new(
        PromptField, TextOrTokens.UpTo(MaxAnswers), "What is continued as it is: a text, token ids, or up to 128 of these.")
    {
        IsRequired = true,
    };

    private static readonly Values<int> Candidates = Values.Int32(0, 20);

    // Here log-probabilities are asked for by the number of candidates.
    private static readonly RequestField<int?> LogProbabilities = new(
        "logprobs",
        new(
            $$$$"""{"anyOf":[{{{{Candidates.Schema}}}},{"const":false}]}""",
            field => field.Element.ValueKind == JsonValueKind.False ? null : Candidates.Read(field)),
        "Each token comes with its log-probability and those of so many candidates.");

    private static readonly RequestField<bool> Echo =
        new("echo", Values.Boolean, "Whether the answer begins with the prompt; not with logprobs, nor for token ids.") { Default = false };

    private static readonly RequestField<bool> AddSpecialTokens = new(
        "add_special_tokens", Values.Boolean, "Whether BOS comes before a text, where the model wants it.") { Default = true };

    private static readonly RequestField<int> BestOf = new("best_of", Values.Int32(1, 128), "May only be what n is.");

    /// <summary>Whether texts of control tokens are read as these; llama-server's name.</summary>
    public static RequestField<bool> ParseSpecial { get; } = new(
        "parse_special", Values.Boolean, "Whether texts of control tokens, such as <|im_end|>, are these tokens; else they are text.") { Default = false };

    public static FieldTable Fields { get; } = RequestFields.Table(
    [
        Prompt, LogProbabilities, Echo, BestOf, AddSpecialTokens, ParseSpecial, RefusedField.But("suffix", "", "is not served: no member fills in the middle"), .. RequestFields.Common,
    ]);

    /// <exception cref="Http.ApiException">The request is refused, with status 400.</exception>
    public static CompletionBody Parse(ReadOnlyMemory<byte> body, string cacheSalt = "") =>
        ChatRequestParser.Parse(body, Fields, fields => Read(fields, cacheSalt));

    private static CompletionBody Read(RequestBody body, string cacheSalt)
    {
        string[] ignored = RequestFields.Check(body);
        IReadOnlyList<TextOrTokens> prompts = body.Require(Prompt);
        int? candidates = body.Get(LogProbabilities);
        GenerationRequest request = ChatRequestParser.ReadCommon(
            new()
            {
                Id = $"cmpl-{Guid.NewGuid():N}",
                CacheSalt = cacheSalt,
                TopCandidates = candidates,
                ReadsControlTokens = body.Get(ParseSpecial),
                AddsBeginning = body.Get(AddSpecialTokens),
            },
            body);
        if (body.Find(BestOf) is { } best && best != request.Choices)
            throw body[BestOf].Error("is not served; it may only be what 'n' is");
        bool echoes = body.Get(Echo);
        if (echoes && candidates is not null)
            throw body[Echo].Error("cannot be had with 'logprobs': the prompt's own are not computed");
        if (echoes && prompts.Any(prompt => prompt.Text is null))
            throw body[Echo].Error("needs the prompt as text");
        if (prompts.Count * request.Choices > MaxAnswers)
            throw body[OutputFields.Choices].Error($"times the prompts may be at most {MaxAnswers}");
        if (prompts.Count > 1 && request.Streams)
            throw body[RequestFields.Stream].Error("is served for one prompt at a time");
        request = OutputFields.Check(request with { MaxTokens = request.MaxTokens ?? DefaultMaxTokens }, body);
        return new(request, prompts, echoes, ChatRequestParser.ReadIncludeUsage(body, request.Streams), ignored);
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
    /// <summary>The request of one of the prompts, with an id of its own behind the first.</summary>
    public GenerationRequest RequestOf(int prompt) => Request with
    {
        Id = prompt == 0 ? Request.Id : $"{Request.Id}-{prompt}",
        PromptText = Prompts[prompt].Text,
        Prompt = Prompts[prompt].Tokens,
    };
}
