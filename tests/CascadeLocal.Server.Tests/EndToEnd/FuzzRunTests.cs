using System.Collections.Concurrent;

using CascadeLocal.Server.Tests.OpenApi;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>
/// Thousands of bodies made of /openapi.json, valid and broken, to the program with the default tier: by hand, since it takes minutes
/// (<c>./build.sh test Server --filter-class "*FuzzRunTests" --explicit only</c>).
/// </summary>
[Collection(EndToEndCollection.Name)]
public sealed class FuzzRunTests(ITestOutputHelper output)
{
    private const int WarmUp = 2_000;
    private const int Bodies = 10_000;
    private const int AtOnce = 8;

    // What may be new in memory after the warm-up: the store of responses (64 MiB when full) and what the garbage collector has not taken yet.
    private const long Growth = 100L << 20;

    private readonly ConcurrentDictionary<string, int> _outcomes = new();
    private readonly ConcurrentQueue<string> _faults = new();

    [Fact(Explicit = true, Timeout = 30 * 60_000)]
    public async Task Bodies_made_of_the_document_are_answered_or_refused_by_name_and_leave_nothing_behind()
    {
        using TemporaryFolder folder = new();
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--decision-log", folder.File("decisions.jsonl"));
        DocumentSchemas document = await DocumentSchemas.ReadAsync(server.Client);
        FuzzJudge judge = new(document, server.Client);
        BodyMaker maker = new(document, seed: 2026);

        await SendAsync(judge, maker, WarmUp);
        long before = server.ResidentBytes;
        await SendAsync(judge, maker, Bodies - WarmUp);
        long after = server.ResidentBytes;

        foreach ((string outcome, int count) in _outcomes.OrderBy(outcome => outcome.Key, StringComparer.Ordinal))
            output.WriteLine($"{count,6} {outcome}");
        output.WriteLine($"{Bodies} bodies, {_faults.Count} faults; resident after {WarmUp}: {before >> 20} MiB, at the end: {after >> 20} MiB");
        output.WriteLine(string.Join('\n', _faults.Take(30)));
        Assert.Empty(_faults);
        Assert.False(server.HasExited);
        Assert.Equal(System.Net.HttpStatusCode.OK, await server.GetStatusAsync("/ready"));
        Assert.True(after - before < Growth, $"{before >> 20} MiB became {after >> 20} MiB");
    }

    private Task SendAsync(FuzzJudge judge, BodyMaker maker, int count) => Parallel.ForEachAsync(
        Enumerable.Range(0, count).Select(_ => maker.Next()),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestContext.Current.CancellationToken },
        async (body, cancellationToken) =>
        {
            (string outcome, string? fault) = await judge.SendAsync(body, cancellationToken);
            _outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);
            if (fault is not null)
                _faults.Enqueue(fault);
        });
}
