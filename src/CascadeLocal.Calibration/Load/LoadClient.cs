using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;

namespace CascadeLocal.Calibration.Load;

/// <summary>Streams chat completions from one endpoint and takes their times.</summary>
internal sealed class LoadClient : IDisposable
{
    private const int MaxErrorLength = 300;

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
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<LoadSample> AskAsync(IReadOnlyList<ChatMessage> messages, CancellationToken cancellationToken)
    {
        using ByteArrayContent body = new(Body(messages));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(_target.Url, "chat/completions")) { Content = body };
        LoadSample sample = new() { Begun = Stopwatch.GetTimestamp() };
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.IsSuccessStatusCode)
                await ReadAsync(response, sample, cancellationToken);
            else
                sample.Failure = $"{(int)response.StatusCode}: {Shorten(await response.Content.ReadAsStringAsync(cancellationToken))}";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or FormatException or InvalidOperationException)
        {
            sample.Failure = Shorten(e.Message);
        }

        sample.End();
        return sample;
    }

    public void Dispose() => _http.Dispose();

    private static async Task ReadAsync(HttpResponseMessage response, LoadSample sample, CancellationToken cancellationToken)
    {
        using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        bool isDone = false;
        await foreach (SseItem<LoadChunk> item in SseParser.Create(stream, (_, data) => LoadChunk.Parse(data)).EnumerateAsync(cancellationToken))
        {
            isDone |= item.Data.IsDone;
            sample.Failure ??= item.Data.Error is { } error ? Shorten(error) : null;
            if (item.Data.OutputTokens is { } tokens)
                sample.OutputTokens = tokens;
            if (item.Data.Text.Length > 0)
                sample.Add(item.Data.Text);
        }

        if (!isDone)
            sample.Failure ??= "the stream ended without [DONE]";
        else if (sample.Chunks == 0)
            sample.Failure ??= "the answer is empty";
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

    private static string Shorten(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= MaxErrorLength ? line : line[..MaxErrorLength] + "...";
    }
}

/// <summary>What one event of a stream brings.</summary>
/// <param name="Text">Text of the answer, of its reasoning or of a call; empty for none.</param>
/// <param name="OutputTokens">The answer's tokens, where the event counts them.</param>
/// <param name="Error">Why there will be no more.</param>
/// <param name="IsDone">Whether it is the last one.</param>
internal readonly record struct LoadChunk(string Text, int? OutputTokens, string? Error, bool IsDone)
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
        if (Get(root, "error") is { } error)
            return new("", null, Get(error, "message")?.ToString() ?? error.ToString(), IsDone: false);
        StringBuilder text = new();
        if (Get(root, "choices") is { ValueKind: JsonValueKind.Array } choices)
            foreach (JsonElement choice in choices.EnumerateArray())
                Append(Get(choice, "delta"), text);
        int? tokens = Get(root, "usage") is { } usage && Get(usage, "completion_tokens") is { ValueKind: JsonValueKind.Number } count
            ? count.GetInt32()
            : null;
        return new(text.ToString(), tokens, null, IsDone: false);
    }

    private static void Append(JsonElement? delta, StringBuilder text)
    {
        if (delta is not { } from)
            return;
        // Some endpoints write what was thought under both names.
        text.Append((Get(from, "reasoning_content") ?? Get(from, "reasoning"))?.GetString()).Append(Get(from, "content")?.GetString());
        if (Get(from, "tool_calls") is { ValueKind: JsonValueKind.Array } calls)
            text.Append(calls.GetRawText());
    }

    private static JsonElement? Get(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}

/// <summary>One request's times, on the client's clock. Definitions are those of vLLM's benchmark of a server.</summary>
internal sealed class LoadSample
{
    private readonly StringBuilder _text = new();
    private readonly List<double> _gaps = [];
    private long _last;
    private long _first;
    private long _end;
    private int? _tokens;

    /// <summary>When it was sent.</summary>
    public required long Begun { get; init; }

    /// <summary>Why there is no whole answer; null for a whole one.</summary>
    public string? Failure { get; set; }

    /// <summary>Events with text.</summary>
    public int Chunks { get; private set; }

    /// <summary>Tokens of the answer: what the endpoint counts, else events.</summary>
    public int OutputTokens
    {
        get => _tokens ?? Chunks;
        set => _tokens = value;
    }

    /// <summary>Time from sending to the first event with text.</summary>
    public double TtftMs => Milliseconds(Begun, _first);

    /// <summary>Time from sending to the end of the stream.</summary>
    public double E2elMs => Milliseconds(Begun, _end);

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

    /// <summary>Takes the time of the end.</summary>
    public void End() => _end = Stopwatch.GetTimestamp();

    private static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
