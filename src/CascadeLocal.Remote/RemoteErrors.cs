using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>
/// Makes a <see cref="MemberException"/> of what an endpoint answers instead of an answer. Its own words are quoted only cleaned, cut
/// to <see cref="MaxLength"/> characters and without the key; addresses stay in the log.
/// </summary>
/// <param name="name">The member.</param>
/// <param name="apiKey">What must never be quoted.</param>
/// <param name="clock">For a date in Retry-After.</param>
internal sealed class RemoteErrors(string name, string? apiKey, TimeProvider clock)
{
    /// <summary>The most characters that are quoted.</summary>
    public const int MaxLength = 300;

    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromDays(1);

    // How servers say it where they have no code for it; compared without case.
    private static readonly string[] ContextWords =
        ["context length", "context size", "context window", "maximum context", "context_length", "max_model_len", "prompt is too long", "input is too long"];

    /// <summary>What a status other than 200 means.</summary>
    /// <param name="response">Status and headers.</param>
    /// <param name="body">The beginning of the body.</param>
    /// <param name="request">What was asked.</param>
    /// <param name="contextLength">The member's context.</param>
    public MemberException Of(HttpResponseMessage response, ReadOnlySpan<byte> body, GenerationRequest request, int contextLength)
    {
        int status = (int)response.StatusCode;
        RemoteError error = RemoteError.Read(body);
        string said = Quote(error.Message);
        return response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => new QueueFullException($"'{name}' has no room for more requests{said}.", RetryAfter(response)),
            // A refused key is often echoed, sometimes in part: nothing of that is quoted.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Unavailable($"'{name}' does not accept its key (status {status})."),
            HttpStatusCode.NotFound => Unavailable($"'{name}' does not know the model or the address (status 404){said}."),
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity when IsContext(error) =>
                new ContextLengthExceededException(error.PromptTokens, contextLength, isAtLeast: false,
                    $"The conversation is longer than the context of '{name}'{said}."),
            HttpStatusCode.RequestTimeout => Unavailable($"'{name}' gave up waiting (status 408)."),
            >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => new RequestRefusedException($"'{name}' refuses the request (status {status}){said}."),
            >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest =>
                Unavailable($"'{name}' answers with a redirect (status {status}); redirects are not followed."),
            _ => Unavailable($"'{name}' answers with status {status}{said}."),
        };
    }

    /// <summary>What an exception of the connection means, before any part of an answer came.</summary>
    public MemberUnavailableException Of(Exception exception) => new(exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => $"The host of '{name}' is not known.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => $"'{name}' cannot be reached.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => $"The connection to '{name}' is not secure: TLS failed.",
        OperationCanceledException => $"'{name}' did not answer in time.",
        _ => $"'{name}' broke the connection or answers otherwise than by HTTP.",
    }, exception);

    /// <summary>The message of an error that an endpoint sent in the middle of its answer.</summary>
    public EngineException InAnswer(JsonElement error) => new($"'{name}' failed in the middle of its answer{Quote(RemoteError.MessageOf(error))}.");

    private static MemberUnavailableException Unavailable(string message) => new(message);

    private static bool IsContext(RemoteError error) =>
        error.Code is "context_length_exceeded" or "exceed_context_size_error"
        || ContextWords.Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase));

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - clock.GetUtcNow(),
            _ => null,
        };
        return wait is not { } told ? null : told < TimeSpan.Zero ? TimeSpan.Zero : told > MaxRetryAfter ? MaxRetryAfter : told;
    }

    private string Quote(string said)
    {
        if (apiKey is not null)
            said = said.Replace(apiKey, "***", StringComparison.Ordinal);
        said = Clean(said).TrimEnd('.');
        return said.Length == 0 ? "" : $": {said}";
    }

    /// <summary>On one line, without characters that control or hide something, and not long.</summary>
    internal static string Clean(string text)
    {
        StringBuilder clean = new(Math.Min(text.Length, MaxLength));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > MaxLength)
                break;
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator:
                    if (clean.Length > 0 && clean[^1] != ' ')
                        clean.Append(' ');
                    break;
                case UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                    break;
                default:
                    clean.Append(rune);
                    break;
            }
        }

        return clean.ToString().TrimEnd();
    }
}

/// <summary>What an error's body says, in the shapes that servers have for it.</summary>
/// <param name="Message">For people; empty where there is none.</param>
/// <param name="Code">For programs; the type where there is no code.</param>
/// <param name="PromptTokens">How long the prompt is, where llama-server says so.</param>
internal sealed record RemoteError(string Message, string Code, int PromptTokens)
{
    /// <summary>Reads a body; one that is not JSON is its own message.</summary>
    public static RemoteError Read(ReadOnlySpan<byte> body)
    {
        try
        {
            Utf8JsonReader reader = new(body);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            JsonElement root = document.RootElement;
            JsonElement error = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out JsonElement inner)
                && inner.ValueKind is JsonValueKind.Object or JsonValueKind.String ? inner : root;
            string code = Text(error, "code");
            return new RemoteError(MessageOf(error), code.Length > 0 ? code : Text(error, "type"), Number(error, "n_prompt_tokens"));
        }
        catch (JsonException)
        {
            return new RemoteError(Encoding.UTF8.GetString(body), "", 0);
        }
    }

    /// <summary>An error's message: OpenAI's <c>message</c>, FastAPI's <c>detail</c>, or the whole of a string.</summary>
    public static string MessageOf(JsonElement error) => error.ValueKind == JsonValueKind.String ? error.GetString()!
        : Text(error, "message") is { Length: > 0 } message ? message
        : error.ValueKind == JsonValueKind.Object && error.TryGetProperty("detail", out JsonElement detail)
            ? detail.ValueKind == JsonValueKind.String ? detail.GetString()! : detail.GetRawText()
            : "";

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()! : "";

    private static int Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? Math.Max(0, number) : 0;
}
