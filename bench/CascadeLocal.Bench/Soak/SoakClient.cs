using System.Text.Json.Nodes;

using CascadeLocal.Bench.Server;

namespace CascadeLocal.Bench.Soak;

/// <summary>One client of a soak: a request after the other, each of a kind that is drawn by chance.</summary>
internal sealed class SoakClient
{
    // A server keeps so many responses, which nothing configures.
    private const int MostResponses = 4096;

    private const int OneWrongIn = 20;
    private const int OneLeftIn = 8;
    private const int MostEventsBeforeLeaving = 24;

    private readonly SoakHttp _http;
    private readonly Random _random;
    private readonly SoakBodies _bodies;
    private readonly (int Weight, Func<SoakRequest> Draw)[] _kinds;

    /// <param name="http">How requests are sent.</param>
    /// <param name="members">The names of the members.</param>
    /// <param name="random">What is drawn from.</param>
    public SoakClient(SoakHttp http, IReadOnlyList<string> members, Random random)
    {
        (_http, _random, _bodies) = (http, random, new SoakBodies(members, random));
        _kinds =
        [
            (40, _bodies.ChatTurn), (8, _bodies.ChatWithLogprobs), (6, _bodies.ChatOfTwo), (6, _bodies.ChatInForm), (6, _bodies.ChatWithTools),
            (8, _bodies.Completion), (8, _bodies.Response), (8, _bodies.Message), (6, _bodies.Embedding), (4, _bodies.Tokens),
        ];
    }

    /// <summary>Asks once and reads the answer, or its beginning.</summary>
    /// <param name="fillsResponses">Whether responses are asked for more often until the server keeps as many as it can.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ServerFailedException">It was not answered as it has to be.</exception>
    public async Task RequestAsync(bool fillsResponses, CancellationToken cancellationToken)
    {
        if (_random.Next(OneWrongIn) == 0)
        {
            (string path, string body) = _bodies.Wrong();
            await NamingAsync(path, body, () => _http.DemandRefusalAsync(path, body, cancellationToken));
            _http.Counts.AddRefused();
            return;
        }

        SoakRequest request = fillsResponses && _http.Counts.KeptResponses < MostResponses && _random.Next(2) == 0 ? _bodies.Response() : Draw();
        bool isStreamed = request.Join is not null && _random.Next(2) == 0;
        if (isStreamed)
            request.Body["stream"] = true;
        if (isStreamed && request.EndsWithDone)
            request.Body["stream_options"] = new JsonObject { ["include_usage"] = true };
        string text = request.Body.ToJsonString();
        await NamingAsync(request.Path, text, () => isStreamed ? StreamAsync(request, text, cancellationToken) : AskAsync(request, text, cancellationToken));
    }

    private async Task AskAsync(SoakRequest request, string body, CancellationToken cancellationToken) =>
        Read(request, await _http.AskAsync(request.Path, body, cancellationToken));

    private async Task StreamAsync(SoakRequest request, string body, CancellationToken cancellationToken)
    {
        int most = _random.Next(OneLeftIn) == 0 ? _random.Next(1, MostEventsBeforeLeaving) : int.MaxValue;
        IReadOnlyList<JsonNode>? events = await _http.AskStreamedAsync(request.Path, body, request.EndsWithDone, most, cancellationToken);
        if (events is not null)
        {
            Read(request, request.Join!(events));
            return;
        }

        request.Left();
        _http.Counts.AddGivenUp();
    }

    private void Read(SoakRequest request, JsonNode answer)
    {
        SoakAnswer read;
        try
        {
            read = request.Read(answer);
        }
        catch (Exception error)
        {
            // A field that is missing or of another kind is found by what reading it throws.
            throw new ServerFailedException($"{error.Message}\n{answer.ToJsonString()}");
        }

        request.Answered(read);
        if (read.Id is not null)
            _http.Counts.AddKeptResponse();
        _http.Counts.AddAnswer(read.Tokens);
    }

    private SoakRequest Draw()
    {
        int left = _random.Next(_kinds.Sum(kind => kind.Weight));
        foreach ((int weight, Func<SoakRequest> draw) in _kinds)
        {
            if ((left -= weight) < 0)
                return draw();
        }

        throw new InvalidOperationException();
    }

    private static async Task NamingAsync(string path, string body, Func<Task> request)
    {
        try
        {
            await request();
        }
        catch (Exception error)
        {
            throw new ServerFailedException($"POST /{path} {body}\n{(error is ServerFailedException ? error.Message : error.ToString())}");
        }
    }
}
