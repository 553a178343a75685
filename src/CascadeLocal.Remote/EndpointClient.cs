using System.Net;
using System.Net.Http.Headers;
using System.Text;

using CascadeLocal.Contracts;

using Microsoft.Extensions.Logging;

using Polly;
using Polly.Retry;

namespace CascadeLocal.Remote;

/// <summary>
/// Speaks to one endpoint and to no other host: no redirects, no cookies, no proxy unless asked for, no decompression, bounded headers.
/// Every failure is a <see cref="MemberException"/>.
/// </summary>
internal sealed class EndpointClient : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024;

    private readonly RemoteMemberOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _http;
    private readonly Uri _models;
    private readonly Uri _chat;
    private readonly ResiliencePipeline<HttpResponseMessage> _retry;

    public EndpointClient(RemoteMemberOptions options, ILogger logger, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        Errors = new RemoteErrors(options.Name, options.ApiKey, clock);
        string root = options.Url.TrimEnd('/');
        _models = new Uri(root + "/models");
        _chat = new Uri(root + "/chat/completions");
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = options.UseProxy,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 32,
            // An answer that is closed early closes its connection: the rest is not read first.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            // The request says what the endpoint is told of its trace; what is current here may be a span that nobody ever sees.
            ActivityHeadersPropagator = null,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

        RetryStrategyOptions<HttpResponseMessage> retry = new()
        {
            MaxRetryAttempts = 1,
            Delay = options.RetryDelay,
            UseJitter = true,
            ShouldHandle = args => ValueTask.FromResult(IsWorthAnotherTry(args.Outcome)),
            OnRetry = args =>
            {
                logger.LogInformation("{Member} is asked again in {Milliseconds:F0} ms", options.Name, args.RetryDelay.TotalMilliseconds);
                args.Outcome.Result?.Dispose();
                return ValueTask.CompletedTask;
            },
        };
        if (options.Jitter is { } jitter)
            retry.Randomizer = jitter;
        _retry = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = clock }.AddRetry(retry).Build();
    }

    /// <summary>Makes exceptions of what goes wrong.</summary>
    public RemoteErrors Errors { get; }

    /// <summary>Sends a chat completion. Returns with status 200 and headers; the body is still to come.</summary>
    /// <exception cref="MemberException">It was not taken.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        ReadOnlyMemory<byte> body, GenerationRequest request, int contextLength, CancellationToken cancellationToken)
    {
        using CancellationTokenSource silence = new(_options.SilenceTimeout, _clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await _retry.ExecuteAsync(
                static async (state, token) => await state.Client.PostAsync(state.Body, state.Trace, token),
                (Client: this, Body: body, request.Trace), either.Token);
            if (response.StatusCode == HttpStatusCode.OK)
                return response;
            throw Errors.Of(response, await ReadErrorAsync(response, either.Token), request, contextLength);
        }
        catch (Exception e)
        {
            response?.Dispose();
            if (e is MemberException)
                throw;
            cancellationToken.ThrowIfCancellationRequested();
            throw Errors.Of(e);
        }
    }

    /// <summary>What GET /models says; null where there is no such thing.</summary>
    /// <exception cref="MemberUnavailableException">The endpoint cannot be reached, or does not accept the key.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<byte[]?> GetModelsAsync(int maxBytes, CancellationToken cancellationToken)
    {
        // It takes no model's time: who has connected and says nothing for as long again is not well.
        using CancellationTokenSource silence = new(2 * _options.ConnectTimeout, _clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            using HttpRequestMessage message = Message(HttpMethod.Get, _models);
            using HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode == HttpStatusCode.OK)
                return await ReadUpToAsync(response, maxBytes, either.Token);
            // Missing is one thing; a server that is down, or that does not let us in, another.
            return response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented
                ? null
                : throw (Errors.Of(response, [], new GenerationRequest(), 0) is MemberUnavailableException unavailable
                    ? unavailable
                    : new MemberUnavailableException($"'{_options.Name}' does not list its models (status {(int)response.StatusCode})."));
        }
        catch (Exception e) when (e is not MemberException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Errors.Of(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> PostAsync(ReadOnlyMemory<byte> body, TraceContext? trace, CancellationToken cancellationToken)
    {
        using HttpRequestMessage message = Message(HttpMethod.Post, _chat);
        message.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        AddIfAscii(message, "traceparent", trace?.Parent);
        AddIfAscii(message, "tracestate", trace?.State);
        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    // Others cannot be sent, and to fail by one would look like a fault of the endpoint.
    private static void AddIfAscii(HttpRequestMessage message, string name, string? value)
    {
        if (value is not null && Ascii.IsValid(value))
            message.Headers.Add(name, value);
    }

    private HttpRequestMessage Message(HttpMethod method, Uri address)
    {
        HttpRequestMessage message = new(method, address);
        if (_options.ApiKey is { } key)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return message;
    }

    // Never once a byte of an answer came: that is behind the headers, which are not waited for here twice.
    private static bool IsWorthAnotherTry(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Result.StatusCode: HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable } => true,
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } } => true,
        _ => false,
    };

    private static async Task<byte[]> ReadUpToAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using MemoryStream read = new();
        byte[] buffer = new byte[8192];
        while (read.Length < maxBytes
            && await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, maxBytes - read.Length)), cancellationToken) is > 0 and int count)
            read.Write(buffer, 0, count);
        return read.ToArray();
    }

    // The status says enough where its explanation does not come through.
    private static async Task<byte[]> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadUpToAsync(response, MaxErrorBytes, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            return [];
        }
    }
}
