using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

using CascadeLocal.Bench.Server;

namespace CascadeLocal.Bench.Soak;

/// <summary>Clients that keep a server busy, and what its memory comes to meanwhile.</summary>
internal sealed class ServerSoakRun(ServerProcess server, ProbeMemory memory, SoakHttp http, ServerSoakOptions options)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CollectEvery = TimeSpan.FromMinutes(5);

    /// <summary>So that a server that is gone does not make an error of every microsecond.</summary>
    private static readonly TimeSpan AfterError = TimeSpan.FromSeconds(1);

    private readonly Stopwatch _clock = new();

    /// <summary>Runs to the end; true if no request failed and memory stayed within its limit.</summary>
    public async Task<bool> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        using TextWriter synchronized = TextWriter.Synchronized(output);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        string[] members = await MembersAsync(cancellationToken);
        await synchronized.WriteLineAsync(Line(
            $"{string.Join(", ", members)}: {options.Streams} clients, {options.WarmUp.TotalSeconds:N0} s warm-up, {options.Duration.TotalSeconds:N0} s"));
        _clock.Start();
        Task[] clients =
        [
            .. Enumerable.Range(0, options.Streams).Select(seed =>
                Task.Run(() => ClientAsync(new SoakClient(http, members, new Random(seed)), synchronized, end.Token), CancellationToken.None)),
        ];
        try
        {
            await ReportUntilAsync(options.WarmUp, synchronized, cancellationToken);
            return await MeasureAsync(synchronized, cancellationToken);
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(clients);
        }
    }

    private async Task<bool> MeasureAsync(TextWriter output, CancellationToken cancellationToken)
    {
        TimeSpan finish = options.WarmUp + options.Duration;
        long tokensBefore = http.Counts.Tokens;
        double start = await CollectedMegabytesAsync(output, cancellationToken);
        double farthest = start;
        for (TimeSpan next = options.WarmUp; next < finish;)
        {
            next = next + CollectEvery < finish ? next + CollectEvery : finish;
            await ReportUntilAsync(next, output, cancellationToken);
            double now = await CollectedMegabytesAsync(output, cancellationToken);
            if (Math.Abs(now - start) > Math.Abs(farthest - start))
                farthest = now;
        }

        SoakCounts counts = http.Counts;
        long tokens = counts.Tokens - tokensBefore;
        double percent = (farthest - start) / start * 100;
        await output.WriteLineAsync(Line(
            $"requests     {counts.Requests:N0}: {counts.Answers:N0} answered, {counts.GivenUp:N0} given up, {counts.Refused:N0} wrong and refused; {counts.Waits:N0} times 429"));
        await output.WriteLineAsync(Line($"tokens/s     {tokens / options.Duration.TotalSeconds:N0} after the warm-up"));
        await output.WriteLineAsync(Line(
            $"memory       {start:N1} MB after the warm-up, {farthest:N1} MB farthest from it: {percent:+0.00;-0.00;0.00} % of {options.LimitPercent} allowed"));
        await output.WriteLineAsync(Line($"errors       {counts.Errors:N0}{(counts.FirstError is null ? "" : ", the first: " + counts.FirstError)}"));
        bool hasPassed = Math.Abs(percent) <= options.LimitPercent && counts.Errors == 0 && tokens > 0;
        await output.WriteLineAsync(hasPassed ? "passed" : "FAILED");
        return hasPassed;
    }

    private async Task ClientAsync(SoakClient client, TextWriter output, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await client.RequestAsync(fillsResponses: _clock.Elapsed < options.WarmUp, end);
            }
            catch (Exception) when (end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it is, the soak test is there to count it.
                if (http.Counts.AddError(error is ServerFailedException ? error.Message : error.ToString()))
                    await output.WriteLineAsync($"the first error: {http.Counts.FirstError}");
                await Task.Delay(AfterError, CancellationToken.None);
            }
        }
    }

    private async Task ReportUntilAsync(TimeSpan time, TextWriter output, CancellationToken cancellationToken)
    {
        while (_clock.Elapsed < time)
        {
            TimeSpan left = time - _clock.Elapsed;
            await Task.Delay(left < ReportEvery ? left : ReportEvery, cancellationToken);
            await output.WriteLineAsync(Line(
                $"{_clock.Elapsed.TotalSeconds,5:N0} s  {server.ResidentBytes / 1e6:N1} MB  {http.Counts.Requests:N0} requests  {http.Counts.Tokens:N0} tokens"));
        }
    }

    private async Task<double> CollectedMegabytesAsync(TextWriter output, CancellationToken cancellationToken)
    {
        double megabytes = await memory.AskResidentBytesAsync(cancellationToken) / 1e6;
        JsonNode health = await http.GetAsync("health", cancellationToken);
        JsonNode[] caches = [.. health["members"]!.AsArray().Select(member => member!["prefix_cache"]).OfType<JsonNode>()];
        await output.WriteLineAsync(Line(
            $"{_clock.Elapsed.TotalSeconds,5:N0} s  {megabytes:N1} MB after a full collection; prefix cache {caches.Sum(cache => (long)cache["bytes"]!) / 1e6:N1} MB, {caches.Sum(cache => (long)cache["evictions"]!):N0} evicted; {http.Counts.KeptResponses:N0} responses were to be kept"));
        return megabytes;
    }

    private async Task<string[]> MembersAsync(CancellationToken cancellationToken)
    {
        JsonNode models = await http.GetAsync("v1/models", cancellationToken);
        return [.. models["data"]!.AsArray().Select(model => (string)model!["id"]!).Where(name => name != "cascade")];
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
