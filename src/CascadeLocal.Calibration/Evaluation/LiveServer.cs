using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

using CascadeLocal.Calibration.Grading;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Asks a running server, as any client would.</summary>
/// <param name="client">With the server's address, and its key if it wants one.</param>
internal sealed class LiveServer(HttpClient client)
{
    /// <summary>Asks one question and grades the answer.</summary>
    /// <param name="model">Who is asked.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="cacheSalt">Whose cached prefixes may be used.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LiveException">The server cannot be reached, refuses the request, or its answer is not this server's.</exception>
    public async Task<LiveAnswer> AskAsync(string model, GradedQuery question, string cacheSalt, CancellationToken cancellationToken)
    {
        LiveRequest request = new(model, [.. question.Query.Messages.Select(m => new LiveRequest.Turn(m.Role, m.Content))])
        {
            MaxTokens = question.Query.MaxTokens,
            CacheSalt = cacheSalt,
        };
        long start = Stopwatch.GetTimestamp();
        LiveResponse response = await PostAsync(request, cancellationToken);
        double latency = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        bool right = question.Grader!.IsRight(response.Choices[0].Message.Content ?? "");
        return new(Serve(response.Cascade, right, latency), response.Cascade);
    }

    private async Task<LiveResponse> PostAsync(LiveRequest request, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response =
                await client.PostAsJsonAsync("v1/chat/completions", request, LiveJson.Default.LiveRequest, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw new LiveException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}");
            return await response.Content.ReadFromJsonAsync(LiveJson.Default.LiveResponse, cancellationToken)
                is { Choices.Count: > 0, Cascade.Passes.Count: > 0 } answer
                ? answer
                : throw new LiveException("the answer has no choice, or does not say who worked on it");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            throw new LiveException($"{client.BaseAddress}: {e.Message}", e);
        }
    }

    // The client's own time from request to answer; what is charged is the server's, which alone knows the passes.
    private static ServedRequest Serve(LiveResponse.CascadePart cascade, bool right, double latency)
    {
        AnswerPass[] passes =
        [
            .. cascade.Passes.Select(p => new AnswerPass(p.TpotMs ?? 0, p.E2elMs, Math.Max(p.OutputTokens - 1, 0)) { Cost = p.Cost ?? double.NaN }),
        ];
        return new()
        {
            Correct = right ? 1 : 0,
            TimePerOutputToken = RequestAccounting.TimePerOutputToken(passes) ?? double.NaN,
            ChargedTime = passes.Sum(p => p.TimePerOutputToken * p.Gaps),
            Gaps = passes[^1].Gaps,
            Latency = latency,
            Cost = RequestAccounting.Cost(passes),
            FirstToken = double.NaN,
            Escalated = cascade.Escalated ? 1 : 0,
        };
    }
}

/// <summary>What is sent.</summary>
internal sealed record LiveRequest(string Model, IReadOnlyList<LiveRequest.Turn> Messages)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? MaxTokens { get; init; }

    /// <summary>Cached prefixes are shared only with requests that have the same.</summary>
    public required string CacheSalt { get; init; }

    internal sealed record Turn(string Role, string Content);
}

/// <summary>What is read of a chat completion.</summary>
internal sealed record LiveResponse(IReadOnlyList<LiveResponse.Choice> Choices, LiveResponse.CascadePart Cascade)
{
    internal sealed record Choice(Message Message);

    internal sealed record Message(string? Content);

    internal sealed record CascadePart(string Model, bool Escalated, IReadOnlyList<LivePass> Passes)
    {
        /// <summary>Tokens of a rejected answer that the stronger member kept.</summary>
        public int DraftTokensReused { get; init; }
    }
}

/// <summary>One pass of an answer, as the server's <c>cascade</c> object has it.</summary>
/// <param name="Model">The member.</param>
/// <param name="OutputTokens">Its tokens.</param>
/// <param name="TpotMs">TPOT in ms; null below two tokens.</param>
/// <param name="E2elMs">E2EL in ms.</param>
internal sealed record LivePass(string Model, int OutputTokens, double? TpotMs, double E2elMs)
{
    /// <summary>What it cost, where the member has a price.</summary>
    public double? Cost { get; init; }
}

/// <summary>A server cannot be measured; the message says why.</summary>
public sealed class LiveException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What is said to a server and by it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LiveRequest))]
[JsonSerializable(typeof(LiveResponse))]
internal sealed partial class LiveJson : JsonSerializerContext;
