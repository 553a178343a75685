using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Remote;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Tests.EndToEnd;
using CascadeLocal.Server.Tests.Keys;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Metrics;

/// <summary>Grafana's dashboard and Prometheus' alerts ask for what a running server has.</summary>
[Collection(EndToEndCollection.Name)]
public sealed partial class DashboardQueryTests
{
    private static readonly string Folder = Path.Combine(RepositoryPaths.Root, "docs", "operate");

    // What Prometheus itself adds to whatever it scrapes.
    private static readonly HashSet<string> OfPrometheus = ["up", "job", "instance"];

    // Whatever is lost must be told to somebody.
    private static readonly string[] Lost = ["cascade_decision_log_dropped_total", "cascade_log_dropped_total"];

    [Fact]
    public async Task Every_metric_and_label_of_the_dashboard_and_the_alerts_is_on_a_running_server()
    {
        CascadeProcess.RequireProgramAndTier();
        string nano = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        string[][] asked = [[.. DashboardExpressions()], [.. AlertExpressions()]];
        string[] expressions = [.. asked.SelectMany(all => all)];
        Assert.True(expressions.Length > 30);
        Assert.All(asked, all => Assert.Contains(all, expression => expression.Contains("cascade_novel_total", StringComparison.Ordinal)));
        Assert.All(Lost, metric => Assert.Contains(asked[1], expression => expression.Contains(metric, StringComparison.Ordinal)));

        Dictionary<string, HashSet<string>> served = Series(await ServedAsync(nano) + await OfProgramAsync(nano));

        string[] missing = [.. expressions.SelectMany(expression => MissingOf(PromQuery.Read(expression), served)).Distinct()];
        Assert.True(missing.Length == 0, string.Join('\n', missing) + "\nThere is:\n" + string.Join('\n', served.Keys.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("sum by (a, b) (rate(m_total{c=~\"$x\",d!=\"\"}[5m])) / on (a) n_bucket > 0.5", "m_total n_bucket", "a b c d")]
    [InlineData("histogram_quantile(0.95, sum by (le) (rate(m_bucket[$__rate_interval])))", "m_bucket", "le")]
    [InlineData("label_values(m, job)", "m", "job")]
    public void Names_and_labels_are_found_in_a_query(string expression, string metrics, string labels)
    {
        PromQuery query = PromQuery.Read(expression);

        Assert.Equal(metrics.Split(' '), query.Labels.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(labels.Split(' '), query.Labels.Values.SelectMany(l => l).Distinct().Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> MissingOf(PromQuery query, Dictionary<string, HashSet<string>> served)
    {
        foreach ((string metric, HashSet<string> labels) in query.Labels)
        {
            if (OfPrometheus.Contains(metric))
                continue;
            if (!served.TryGetValue(metric, out HashSet<string>? known))
                yield return $"There is no {metric}.";
            else if (labels.Except(known).Except(OfPrometheus).FirstOrDefault() is { } label)
                yield return $"{metric} has no label {label}, only {string.Join(", ", known)}.";
        }
    }

    private static IEnumerable<string> DashboardExpressions()
    {
        using JsonDocument dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana.json")));
        return [.. Strings(dashboard.RootElement, "expr"), .. Strings(dashboard.RootElement, "definition")];
    }

    private static IEnumerable<string> AlertExpressions() => File.ReadLines(Path.Combine(Folder, "alerts.yml"))
        .Select(line => line.Trim()).Where(line => line.StartsWith("expr: ", StringComparison.Ordinal)).Select(line => line["expr: ".Length..]);

    private static IEnumerable<string> Strings(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(
            member => member.Name == name && member.Value.ValueKind == JsonValueKind.String ? [member.Value.GetString()!] : Strings(member.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Strings(item, name)),
        _ => [],
    };

    // A server within a test has no log of its own whose lines could be lost.
    private static async Task<string> OfProgramAsync(string modelFile)
    {
        await using CascadeProcess program = await CascadeProcess.ServeAsync("--model", modelFile, "--threads", "1", "--policy", TwoProcesses.Nowhere);
        return await program.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
    }

    /// <summary>What a server tells on which all has happened that is counted.</summary>
    private static async Task<string> ServedAsync(string modelFile)
    {
        using TemporaryFolder folder = new();
        await using TestServer far = await TestServer.StartAsync();
        await File.WriteAllTextAsync(
            folder.File("keys.json"), $"{{\"keys\":[{KeyedServer.Entry("one")},{KeyedServer.Entry("small_only", "\"models\":[\"small\"]")}]}}", TestContext.Current.CancellationToken);
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.2), acceptedShare: 0.9) with { Novelty = new NoveltyBoundary(0.01, new float[99]) },
            options => options with
            {
                Members = [.. options.Members, TestServer.Member("base"), TestServer.Member("far")],
                KeysFile = folder.File("keys.json"),
                DecisionLog = new DecisionLogOptions { Path = folder.File("log") },
                Cascade = new CascadeSettings { ShadowShare = 1 },
            },
            name => LoadAsync(name, modelFile, far));
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", KeyedServer.KeyOf("one"));
        await HappenAsync(server);
        return await Wait.ForAsync(
            () => server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken),
            scrape => scrape.Contains("cascade_shadow_total{", StringComparison.Ordinal) && scrape.Contains("error_type=", StringComparison.Ordinal));
    }

    private static async Task<IMember> LoadAsync(string name, string modelFile, TestServer far) => name switch
    {
        "base" => await LanguageModel.LoadAsync(new ModelOptions { Path = modelFile, ContextLength = 256, Parallel = 2 }, NullLogger.Instance),
        "far" => await RemoteMember.ConnectAsync(
            new() { Name = name, Url = new Uri(far.Server.Address, "v1").AbsoluteUri, Model = "small" }, NullLogger.Instance, TimeProvider.System, CancellationToken.None),
        "nano" => new ScriptedMember(1_000),
        _ => new ScriptedMember(2_000) { Answer = AnswerOrRefuse },
    };

    private static ScriptedAnswer AnswerOrRefuse(GenerationRequest request) => request.Messages[^1].Content switch
    {
        "easy, but refused" => throw new MemberUnavailableException("gone"),
        "broken" => ScriptedAnswer.Failing(),
        _ => new("4", "2", "") { Draft = request.Draft.Length == 0 ? null : new(request.Draft.Length, 2, 1, TimeSpan.Zero) },
    };

    // An escalation with a draft, a fallback, a novel question, a failure, a refusal of a key, feedback, and what is worked out beside them.
    private static async Task HappenAsync(TestServer server)
    {
        CascadeAnswer escalated = await CascadeAnswer.AskAsync(server, "easy");
        Assert.True(escalated.Escalated);
        CascadeAnswer fallen = await CascadeAnswer.AskAsync(server, "easy, but refused");
        Assert.NotNull(fallen.Fallback);
        CascadeAnswer novel = await CascadeAnswer.AskAsync(server, "strange");
        Assert.True(novel.Cascade.GetProperty("novel").GetBoolean());
        await server.PostForErrorAsync(CascadeAnswer.Request(["broken"], "\"model\":\"small\""));
        await server.PostForErrorAsync(TestServer.Hello, KeyedServer.KeyOf("small_only"));
        string feedback = $"{{\"id\":\"{escalated.Body.GetProperty("id").GetString()}\",\"correct\":true}}";
        using HttpResponseMessage response = await server.Client.PostAsync(
            new Uri("/v1/feedback", UriKind.Relative), new StringContent(feedback, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Dictionary<string, HashSet<string>> Series(string scrape)
    {
        Dictionary<string, HashSet<string>> series = new(StringComparer.Ordinal);
        foreach (Match sample in Sample().Matches(scrape))
        {
            if (!series.TryGetValue(sample.Groups["name"].Value, out HashSet<string>? labels))
                series.Add(sample.Groups["name"].Value, labels = new(StringComparer.Ordinal));
            labels.UnionWith(Matcher().Matches(sample.Groups["labels"].Value).Select(m => m.Groups["label"].Value));
        }

        return series;
    }

    [GeneratedRegex(@"^(?<name>[a-z_]+)\{(?<labels>[^\n]*)\} ", RegexOptions.Multiline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"(?<label>\w+)\s*(=~|!=|!~|=)\s*""[^""]*""")]
    private static partial Regex Matcher();

    /// <summary>A query's metrics, each with the labels that the query wants of it. What it groups by it wants of all of them.</summary>
    private sealed partial record PromQuery(IReadOnlyDictionary<string, HashSet<string>> Labels)
    {
        public static PromQuery Read(string expression)
        {
            string[] grouped = [.. Grouping().Matches(expression).SelectMany(m => m.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries))];
            string rest = Grouping().Replace(expression, " ");
            Match values = LabelValues().Match(rest);
            if (values.Success)
                return new PromQuery(new Dictionary<string, HashSet<string>> { [values.Groups["metric"].Value] = [values.Groups["label"].Value] });
            Dictionary<string, HashSet<string>> labels = new(StringComparer.Ordinal);
            foreach (Match metric in Metric().Matches(rest))
            {
                if (!labels.TryGetValue(metric.Groups["name"].Value, out HashSet<string>? wanted))
                    labels.Add(metric.Groups["name"].Value, wanted = [.. grouped]);
                wanted.UnionWith(Matcher().Matches(metric.Groups["labels"].Value).Select(m => m.Groups["label"].Value));
            }

            return new PromQuery(labels);
        }

        [GeneratedRegex(@"\b(by|without|on|ignoring)\s*\((?<labels>[^)]*)\)")]
        private static partial Regex Grouping();

        [GeneratedRegex(@"^label_values\((?<metric>\w+),\s*(?<label>\w+)\)$")]
        private static partial Regex LabelValues();

        // A name that is no function; what stands in brackets behind it is a time.
        [GeneratedRegex(@"(?<![\w$])(?<name>[a-z_]+[a-z])(?![\w(]|\s*\()(\{(?<labels>[^}]*)\})?(\[[^\]]*\])?")]
        private static partial Regex Metric();
    }
}
