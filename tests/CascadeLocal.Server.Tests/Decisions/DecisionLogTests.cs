using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Tests.Testing;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Decisions;

public sealed class DecisionLogTests
{
    [Fact]
    public async Task A_request_is_one_line_with_all_its_passes()
    {
        string line = Assert.Single(await WriteAsync(includeText: false, log => log.OnCompleted(Outcomes.Escalated())));

        Assert.Equal(
            """{"event":"request","id":"chatcmpl-2","time":"2026-01-02T12:00:00Z","key":"team","status":"ok","policy":"abc","reason":"cluster","cluster":"3","distance":0.5,"novel":false,"novelty_p":null,"stage1_model":"nano","model":"small","path":["nano","small"],"escalated":true,"accept_probability":0.2,"target_probability":0.8,"guarantee":"confidence","guarantee_reason":null,"passes":[{"model":"nano","prompt_tokens":10,"cached_tokens":7,"output_tokens":11,"ttft_ms":10,"tpot_ms":2,"e2el_ms":30,"finish_reason":"stop"},{"model":"small","prompt_tokens":10,"cached_tokens":7,"output_tokens":5,"ttft_ms":8,"tpot_ms":3,"e2el_ms":20,"finish_reason":"stop"}],"queue_ms":0,"embed_ms":2,"ttft_ms":38,"tpot_ms":8,"e2el_ms":50,"draft_offered":6,"draft_reused":4,"fallback":null,"error":null}""",
            line);
    }

    [Fact]
    public async Task A_novel_request_has_its_p_value()
    {
        CascadeOutcome outcome = Outcomes.Accepted();
        CascadeDecision novel = outcome.Decision with { IsNovel = true, NoveltyPValue = 1 / 301.0, Reason = RoutingReason.Novel };
        string line = Assert.Single(await WriteAsync(includeText: false, log => log.OnCompleted(outcome with { Decision = novel })));

        Assert.Contains("\"reason\":\"novel\",\"cluster\":\"3\",\"distance\":0.5,\"novel\":true,\"novelty_p\":0.003322,", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_is_written_only_when_asked_for()
    {
        string silent = Assert.Single(await WriteAsync(includeText: false, log => log.OnCompleted(Outcomes.Escalated())));
        string full = Assert.Single(await WriteAsync(includeText: true, log => log.OnCompleted(Outcomes.Escalated())));

        Assert.DoesNotContain("the question", silent, StringComparison.Ordinal);
        Assert.DoesNotContain("the answer", silent, StringComparison.Ordinal);
        Assert.Contains("\"query\":\"the question\",\"answer\":\"the answer\"", full, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_request_has_its_error_and_no_figures()
    {
        string line = Assert.Single(await WriteAsync(includeText: false, log => log.OnCompleted(Outcomes.Failed())));

        Assert.Contains("\"status\":\"failed\"", line, StringComparison.Ordinal);
        Assert.Contains("\"passes\":[],\"queue_ms\":0,\"embed_ms\":2,\"ttft_ms\":null,\"tpot_ms\":null,\"e2el_ms\":null", line, StringComparison.Ordinal);
        Assert.Contains("\"error\":\"it broke\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probability_that_is_no_number_is_null_and_the_log_goes_on()
    {
        List<string> lines = await WriteAsync(includeText: false, log =>
        {
            log.OnCompleted(Outcomes.Accepted() with { AcceptProbability = double.NaN });
            log.OnCompleted(Outcomes.Accepted());
        });

        Assert.Contains("\"accept_probability\":null", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"accept_probability\":0.9", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Feedback_is_a_line_of_its_own()
    {
        Feedback known = new("chatcmpl-1", 0.25, Outcomes.Noon, new AnswerOrigin("3", "nano"));

        List<string> lines = await WriteAsync(includeText: false, log =>
        {
            log.TryWrite(known);
            log.TryWrite(known with { Answer = null });
        });

        Assert.Equal(
            [
                """{"event":"feedback","id":"chatcmpl-1","time":"2026-01-02T12:00:00Z","key":"team","correct":0.25,"cluster":"3","model":"nano"}""",
                """{"event":"feedback","id":"chatcmpl-1","time":"2026-01-02T12:00:00Z","key":"team","correct":0.25,"cluster":null,"model":null}""",
            ],
            lines);
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_found_out_at_the_start()
    {
        DecisionLog log = new(new() { Path = "/dev/null/log.jsonl" }, _ => "team", NullLogger.Instance);

        Assert.ThrowsAny<IOException>(log.Open);
    }

    private static async Task<List<string>> WriteAsync(bool includeText, Action<DecisionLog> write)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("deep/log.jsonl");
        await using (DecisionLog log = new(new() { Path = path, IncludeText = includeText }, _ => "team", NullLogger.Instance))
            write(log);
        return [.. await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)];
    }
}
