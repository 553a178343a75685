using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace CascadeLocal.Calibration.Load;

/// <summary>Streams chat completions from one endpoint and takes their times.</summary>
internal sealed class LoadClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly LoadTarget _target;
    private readonly LoadOptions _options;

    public LoadClient(LoadTarget target, LoadOptions options)
    {
        (_target, _options) = (target, options);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
        if (target.ApiKey is { } key)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Asks, and reads the answer to its end. What goes wrong is in the sample.</summary>
    /// <param name="messages">What is asked.</param>
    /// <param name="due">When it should have been sent, as a timestamp of <see cref="Stopwatch"/>; null for now.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<LoadSample> AskAsync(IReadOnlyList<ChatMessage> messages, long? due, CancellationToken cancellationToken)
    {
        using ByteArrayContent body = new(Body(messages));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(_target.Url, "chat/completions")) { Content = body };
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(_options.Timeout);
        LoadSample sample = new(due, Stopwatch.GetTimestamp());
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);
            if (response.IsSuccessStatusCode)
                await ReadAsync(response, sample, end.Token);
            else
                sample.Failure = LoadFailure.Of((int)response.StatusCode, await response.Content.ReadAsStringAsync(end.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            sample.Failure = LoadFailure.Of(FormattableString.Invariant($"no end after {_options.Timeout.TotalSeconds} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or FormatException or InvalidOperationException)
        {
            sample.Failure = LoadFailure.Of(e.Message);
        }

        return sample;
    }

    public void Dispose() => _http.Dispose();

    private static async Task ReadAsync(HttpResponseMessage response, LoadSample sample, CancellationToken cancellationToken)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        bool isDone = false;
        await foreach (SseItem<LoadChunk> item in SseParser.Create(stream, (_, data) => LoadChunk.Parse(data)).EnumerateAsync(cancellationToken))
        {
            // The answer is whole; what is left to read is the end of the connection's part of it.
            if (isDone)
                continue;
            if (isDone = item.Data.IsDone)
                sample.End();
            sample.Failure ??= item.Data.Error;
            if (item.Data.OutputTokens is { } tokens)
                sample.OutputTokens = tokens;
            if (item.Data.Text.Length > 0)
                sample.Add(item.Data.Text);
        }

        if (!isDone)
            sample.Failure ??= LoadFailure.Of("the stream ended without [DONE]");
        else if (sample.Chunks == 0)
            sample.Failure ??= LoadFailure.Of("the answer is empty");
    }

    private byte[] Body(IReadOnlyList<ChatMessage> messages)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            json.WriteString("model", _target.Model);
            json.WriteStartArray("messages");
            foreach (ChatMessage message in messages)
            {
                json.WriteStartObject();
                json.WriteString("role", message.Role);
                json.WriteString("content", message.Content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("max_tokens", _options.MaxTokens);
            json.WriteNumber("temperature", _options.Temperature);
            if (_options.IsFixedLength)
            {
                json.WriteNumber("min_tokens", _options.MaxTokens);
                json.WriteBoolean("ignore_eos", true);
            }

            json.WriteBoolean("stream", true);
            json.WriteStartObject("stream_options");
            json.WriteBoolean("include_usage", true);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}

/// <summary>Why there is no whole answer.</summary>
/// <param name="Kind">The same for failures that differ only in what a message says of one request.</param>
/// <param name="Text">What is said of it.</param>
internal sealed record LoadFailure(string Kind, string Text)
{
    private const int MaxLength = 300;

    public static LoadFailure Of(string text) => new(Shorten(text), Shorten(text));

    /// <summary>A refusal.</summary>
    public static LoadFailure Of(int status, string body)
    {
        string? code = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            code = document.RootElement.Get("error") is { } error ? CodeOf(error) : null;
        }
        catch (JsonException)
        {
            // No error of OpenAI's form.
        }

        return new($"{status} {code}", Shorten($"{status}: {body}"));
    }

    /// <summary>An error in a stream.</summary>
    public static LoadFailure Of(JsonElement error)
    {
        string text = Shorten(error.Get("message")?.ToString() ?? error.ToString());
        return new(CodeOf(error) ?? text, text);
    }

    private static string? CodeOf(JsonElement error) => (error.Get("code") ?? error.Get("type"))?.ToString();

    private static string Shorten(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxLength ? line : line[..MaxLength] + "...";
    }
}

/// <summary>What one event of a stream brings.</summary>
/// <param name="Text">Text of the answer, of its reasoning or of a call; empty for none.</param>
/// <param name="OutputTokens">The answer's tokens, where the event counts them.</param>
/// <param name="Error">Why there will be no more.</param>
/// <param name="IsDone">Whether it is the last one.</param>
internal readonly record struct LoadChunk(string Text, int? OutputTokens, LoadFailure? Error, bool IsDone)
{
    /// <summary>Reads an event's data.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static LoadChunk Parse(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("[DONE]"u8))
            return new("", null, null, IsDone: true);
        Utf8JsonReader reader = new(data);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException("an event is no object");
        if (root.Get("error") is { } error)
            return new("", null, LoadFailure.Of(error), IsDone: false);
        StringBuilder text = new();
        if (root.Get("choices") is { ValueKind: JsonValueKind.Array } choices)
            foreach (JsonElement choice in choices.EnumerateArray())
                Append(choice.Get("delta"), text);
        int? tokens = root.Get("usage") is { } usage && usage.Get("completion_tokens") is { ValueKind: JsonValueKind.Number } count
            ? count.GetInt32()
            : null;
        return new(text.ToString(), tokens, null, IsDone: false);
    }

    private static void Append(JsonElement? delta, StringBuilder text)
    {
        if (delta is not { } from)
            return;
        // Some endpoints write what was thought under both names.
        text.Append((from.Get("reasoning_content") ?? from.Get("reasoning"))?.GetString()).Append(from.Get("content")?.GetString());
        if (from.Get("tool_calls") is { ValueKind: JsonValueKind.Array } calls)
            text.Append(calls.GetRawText());
    }
}

/// <summary>Reads what other programs write.</summary>
internal static class JsonElements
{
    /// <summary>A property; null where there is none, or it is null.</summary>
    public static JsonElement? Get(this JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}

/// <summary>One request's times, on the client's clock. Definitions are those of vLLM's benchmark of a server.</summary>
/// <param name="due">When it should have been sent, as a timestamp; null for <paramref name="sent"/>.</param>
/// <param name="sent">When it was.</param>
internal sealed class LoadSample(long? due, long sent)
{
    private readonly StringBuilder _text = new();
    private readonly List<double> _gaps = [];
    // A timer may be a little early.
    private readonly long _begun = Math.Min(due ?? sent, sent);
    private long _last;
    private long _first;
    private long _end;
    private int? _tokens;

    /// <summary>Why there is no whole answer; null for a whole one.</summary>
    public LoadFailure? Failure { get; set; }

    /// <summary>Events with text.</summary>
    public int Chunks { get; private set; }

    /// <summary>Tokens of the answer: what the endpoint counts, else events.</summary>
    public int OutputTokens
    {
        get => _tokens ?? Chunks;
        set => _tokens = value;
    }

    /// <summary>Whether the endpoint counted the tokens.</summary>
    public bool IsCounted => _tokens is not null;

    /// <summary>How long it waited unsent; null for one that was never due before.</summary>
    public double? QueueMs => due is null ? null : Milliseconds(_begun, sent);

    /// <summary>Time from when it was due to the first event with text.</summary>
    public double TtftMs => Milliseconds(_begun, _first);

    /// <summary>Time from when it was due to the end of the answer.</summary>
    public double E2elMs => Milliseconds(_begun, _end);

    /// <summary>(E2EL - TTFT) / (output tokens - 1); null below two tokens.</summary>
    public double? TpotMs => OutputTokens < 2 ? null : (E2elMs - TtftMs) / (OutputTokens - 1);

    /// <summary>ITL: the times between events with text.</summary>
    public IReadOnlyList<double> GapsMs => _gaps;

    /// <summary>The answer.</summary>
    public string Text => _text.ToString();

    /// <summary>Takes the time of an event.</summary>
    public void Add(string text)
    {
        long now = Stopwatch.GetTimestamp();
        if (Chunks++ == 0)
            _first = now;
        else
            _gaps.Add(Milliseconds(_last, now));
        _last = now;
        _text.Append(text);
    }

    /// <summary>Takes the time of the answer's end, which a connection may outlast.</summary>
    public void End() => _end = Stopwatch.GetTimestamp();

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
