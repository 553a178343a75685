using System.Diagnostics;
using System.Diagnostics.Metrics;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Configuration;

namespace CascadeLocal.Server.Metrics;

/// <summary>The metrics of OpenTelemetry's conventions for generative AI, recorded once for every request.</summary>
internal sealed class GenAiMetrics : ICascadeObserver
{
    private const double MillisecondsPerSecond = 1_000;

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _outputToken;
    private readonly Histogram<long> _tokens;

    public GenAiMetrics(Meter meter)
    {
        _duration = meter.CreateHistogram("gen_ai.server.request.duration", "s", "Time to the last token of a request.", Buckets.RequestSeconds);
        _firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "Time to the first token that is delivered.", Buckets.FirstTokenSeconds);
        _outputToken = meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Decode time of all passes per delivered token after the first.", Buckets.OutputTokenSeconds);
        _tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a request: input and output of the delivered pass.", Buckets.Tokens);
    }

    public void OnCompleted(CascadeOutcome outcome)
    {
        TagList tags = new()
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", "cascadelocal" },
            { "gen_ai.request.model", outcome.Decision.Reason == RoutingReason.Pinned ? outcome.Decision.Member : MemberName.Cascade },
            { "gen_ai.response.model", outcome.Member },
        };
        if (outcome.Delivered is not { } delivered || RequestFigures.Of(outcome) is not { } figures)
        {
            tags.Add("error.type", outcome.Status);
            _duration.Record(outcome.Duration.TotalSeconds, tags);
            return;
        }

        double embedding = (outcome.Decision.EmbedTime ?? TimeSpan.Zero).TotalSeconds;
        _duration.Record(embedding + figures.Latency / MillisecondsPerSecond, tags);
        _firstToken.Record(embedding + figures.TimeToFirstToken / MillisecondsPerSecond, tags);
        if (figures.TimePerOutputToken is { } tpot)
            _outputToken.Record(tpot / MillisecondsPerSecond, tags);
        RecordTokens(tags, delivered);
    }

    private void RecordTokens(TagList tags, GenerationResult delivered)
    {
        tags.Add("gen_ai.token.type", "input");
        _tokens.Record(delivered.PromptTokens, tags);
        tags[^1] = new("gen_ai.token.type", "output");
        _tokens.Record(delivered.OutputTokens, tags);
    }
}
