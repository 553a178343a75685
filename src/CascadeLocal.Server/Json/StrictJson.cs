using System.Text.Json;
using System.Text.Unicode;

namespace CascadeLocal.Server.Json;

/// <summary>
/// Parses JSON from strangers: at most 64 levels deep, valid UTF-8, no lone surrogates, no key twice in one object.
/// </summary>
internal static class StrictJson
{
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    /// <exception cref="JsonException">The text is not acceptable; the message is one sentence for the caller.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        utf8 = WithoutMark(utf8);
        if (utf8.IsEmpty)
            throw new JsonException("The request body is empty; it must be a JSON object.");
        if (!Utf8.IsValid(utf8.Span))
            throw new JsonException("The request body is not valid UTF-8.");
        try
        {
            RejectLoneSurrogates(utf8.Span);
            return JsonDocument.Parse(utf8, Options);
        }
        catch (JsonException e)
        {
            throw new JsonException($"The request body is not valid JSON: {FirstSentence(e.Message)}", e);
        }
    }

    /// <summary>The text behind a byte order mark, which some editors and clients write.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> utf8) =>
        utf8.Span.StartsWith("\uFEFF"u8) ? utf8["\uFEFF"u8.Length..] : utf8;

    // Only an escape can spell half a surrogate pair, and only decoding it tells. The reader says so with an
    // InvalidOperationException, and at any later moment somebody would trip over it: so every escaped string is read here.
    private static void RejectLoneSurrogates(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("\\u"u8) < 0)
            return;
        Utf8JsonReader reader = new(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException e)
            {
                throw new JsonException("A string holds half of a surrogate pair.", e);
            }
        }
    }

    // The rest of the framework's message repeats line and position in its own notation.
    private static string FirstSentence(string message)
    {
        int end = message.IndexOf(" Path: ", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
