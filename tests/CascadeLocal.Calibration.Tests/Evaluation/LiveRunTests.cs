using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Queries;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

/// <summary>Questions that are asked of a running server.</summary>
public sealed class LiveRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Where_it_is_stopped_the_runs_that_have_ended_are_reported()
    {
        string questions = _folder.Write("questions.jsonl", """{"id":"a","prompt":"Why?","answer":".*","grader":"regex"}""");
        LiveRun run = new(QueryFile.Read(questions), new() { Models = ["cascade", "base"], Runs = 3 });
        using CancellationTokenSource stop = new();
        using Answering server = new(answers: 3, stop);
        using HttpClient client = new(server) { BaseAddress = new Uri("http://127.0.0.1:1/") };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync(client, null, stop.Token));

        LiveReport report = LiveReport.Of(run, 0, TestContext.Current.CancellationToken);
        Assert.Equal((1, 1), (run.Ended, report.Runs));
        Assert.All(report.Policies, policy => Assert.Equal(1, policy.N));
    }

    [Fact]
    public async Task No_run_of_a_model_finds_cached_what_another_one_was_asked()
    {
        string questions = _folder.Write(
            "questions.jsonl",
            """{"id":"a","prompt":"Why?","answer":".*","grader":"regex"}""" + "\n" + """{"id":"b","prompt":"How?","answer":".*","grader":"regex"}""");
        using CancellationTokenSource stop = new();
        using Answering server = new(answers: 16, stop);
        using HttpClient client = new(server) { BaseAddress = new Uri("http://127.0.0.1:1/") };

        // The second call is somebody's who measures again, with the same seed.
        for (int call = 0; call < 2; call++)
            await new LiveRun(QueryFile.Read(questions), new() { Models = ["cascade", "base"], Runs = 2 }).RunAsync(client, null, stop.Token);

        Assert.Equal(8, server.Bodies.Select(body => body.GetProperty("cache_salt").GetString()).Distinct().Count());
    }

    // Is stopped in place of one answer more.
    private sealed class Answering(int answers, CancellationTokenSource stop) : HttpMessageHandler
    {
        private const string Answer = """
            {"choices":[{"message":{"content":"so"}}],"cascade":{"model":"base","escalated":false,"passes":[{"model":"base","output_tokens":2,"tpot_ms":1,"e2el_ms":2}]}}
            """;

        private int _given;

        public List<JsonElement> Bodies { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (++_given > answers)
                await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            Bodies.Add(await JsonSerializer.DeserializeAsync<JsonElement>(await request.Content!.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken));
            return new(HttpStatusCode.OK) { Content = new StringContent(Answer, Encoding.UTF8, "application/json") };
        }
    }
}
