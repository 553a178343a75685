using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace CascadeLocal.Server.Tests.OpenApi;

/// <summary>Sends bodies and says what is wrong with the answers.</summary>
/// <param name="document">What the answers have to be.</param>
/// <param name="client">To the server.</param>
/// <param name="mayBe503">The codes of errors that are the server's state and not the request's.</param>
internal sealed class FuzzJudge(DocumentSchemas document, HttpClient client, params string[] mayBe503)
{
    // How long a prompt may be, and whether there is a log, is no matter of the body's form.
    private static readonly string[] OfTheServer = ["context_length_exceeded", "decision_log_off"];

    /// <summary>Sends one.</summary>
    /// <returns>The status and code, and what is wrong; null for nothing.</returns>
    public async Task<(string Outcome, string? Fault)> SendAsync(MadeBody body, CancellationToken cancellationToken)
    {
        using ByteArrayContent content = new(body.Bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await client.PostAsync(new Uri(body.Path, UriKind.Relative), content, cancellationToken);
        string text = await response.Content.ReadAsStringAsync(cancellationToken);
        (string? code, string? param, string message) = response.IsSuccessStatusCode ? (null, null, "") : ReadError(body.Path, text);
        string? fault = FaultOf(body, response, text, code, param, message);
        // Of a valid body that is refused it is of interest why.
        string reason = body.IsValid && !response.IsSuccessStatusCode ? $": {message[..Math.Min(message.Length, 60)]}" : "";
        string outcome = string.Create(CultureInfo.InvariantCulture, $"{body.Kind} {(int)response.StatusCode} {code}{reason}");
        return (outcome, fault is null ? null : $"{fault}: {outcome} {param} {body.Path} {Shorten(Encoding.UTF8.GetString(body.Bytes))} -> {Shorten(text)}");
    }

    private string? FaultOf(MadeBody body, HttpResponseMessage response, string text, string? code, string? param, string message)
    {
        HttpStatusCode status = response.StatusCode;
        bool isMessages = body.Path.StartsWith("/v1/messages", StringComparison.Ordinal);
        if ((int)status >= 500 && !mayBe503.Contains(isMessages ? "messages" : code))
            return "a failure";
        // Numbers that no type holds are more than the library of schemas can judge.
        bool isJudged = !body.IsValid && body.Kind != "huge";
        if (response.IsSuccessStatusCode && isJudged && !document.TakesBody(body.Path, Encoding.UTF8.GetString(body.Bytes)))
            return "taken though the document does not take it";
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            return text.Contains("\"error\":{", StringComparison.Ordinal) ? "a stream that failed"
                : DocumentSchemas.EventsOf(text).All(data => document.GivesEvent(body.Path, data)) ? null : "a stream that is not what the document says";
        }

        string number = ((int)status).ToString(CultureInfo.InvariantCulture);
        if (document.Root["paths"]![body.Path]!["post"]!["responses"]![number] is null)
            return "a status that is not in the document";
        if (!document.GivesAnswer("post", body.Path, number, text))
            return "an answer that is not what the document says";
        // Which calls a conversation has, and which items are kept, is beyond what a document can say.
        if ((isMessages && message.Contains("answers no call", StringComparison.Ordinal)) || message.Contains("names no item that is kept", StringComparison.Ordinal))
            return null;
        // Anthropic's errors have no code.
        bool isOfTheServer = OfTheServer.Contains(code) || (isMessages && message.Contains("leaves no room", StringComparison.Ordinal));
        if (body.IsValid && status == HttpStatusCode.BadRequest && !isOfTheServer)
            return "a valid body refused";
        if (body.Broken is not { } broken)
            return null;
        if (status != HttpStatusCode.BadRequest)
            return $"'{broken}' is broken and taken";
        bool isNamed = isMessages
            ? message.Contains($"'{broken}", StringComparison.Ordinal)
            : param is not null && (param == broken || param.StartsWith($"{broken}.", StringComparison.Ordinal) || param.StartsWith($"{broken}[", StringComparison.Ordinal));
        return isNamed ? null : $"'{broken}' is broken and not named";
    }

    private static (string? Code, string? Param, string Message) ReadError(string path, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement error = document.RootElement.GetProperty("error");
            string message = error.GetProperty("message").GetString()!;
            return path.StartsWith("/v1/messages", StringComparison.Ordinal)
                ? (null, null, message)
                : (error.GetProperty("code").GetString(), error.GetProperty("param").GetString(), message);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("no error object", null, "");
        }
    }

    private static string Shorten(string text) => text.Length > 500 ? text[..500] + "..." : text;
}
