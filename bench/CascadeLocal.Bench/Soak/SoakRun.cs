using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Engine;

namespace CascadeLocal.Bench.Soak;

/// <summary>
/// Streams that never end: each follows one request with the next. Prompts grow into conversations, some requests sample
/// and some are given up half-way, as callers do.
/// </summary>
internal sealed class SoakRun(LanguageModel model, SoakOptions options)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(10);

    private int _requests;
    private int _errors;
    private string? _firstError;

    /// <summary>Runs to the end; true if no request failed and memory stayed within its limit.</summary>
    public async Task<bool> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await output.WriteLineAsync(Line(
            $"{model.Info.Name}: {options.Streams} streams, {options.WarmUp.TotalSeconds:N0} s warm-up, {options.Duration.TotalSeconds:N0} s"));
        Task[] streams = [.. Enumerable.Range(0, options.Streams).Select(seed => Task.Run(() => StreamAsync(seed, end.Token), CancellationToken.None))];
        try
        {
            await Task.Delay(options.WarmUp, cancellationToken);
            return await MeasureAsync(output, cancellationToken);
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(streams);
        }
    }

    private async Task<bool> MeasureAsync(TextWriter output, CancellationToken cancellationToken)
    {
        double start = ResidentMemory.Megabytes();
        long tokensAtStart = model.Status.OutputTokens;
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < options.Duration)
        {
            TimeSpan left = options.Duration - clock.Elapsed;
            await Task.Delay(left < ReportEvery ? left : ReportEvery, cancellationToken);
            await output.WriteLineAsync(Line(
                $"{clock.Elapsed.TotalSeconds,5:N0} s  {Environment.WorkingSet / 1e6:N1} MB  {model.Status.OutputTokens - tokensAtStart:N0} tokens"));
        }

        double tokensPerSecond = (model.Status.OutputTokens - tokensAtStart) / clock.Elapsed.TotalSeconds;
        double finish = ResidentMemory.Megabytes();
        bool grew = finish - start > options.GrowthLimitMegabytes;
        await output.WriteLineAsync(Line($"requests     {_requests:N0}"));
        await output.WriteLineAsync(Line($"tokens/s     {tokensPerSecond:N0}"));
        await output.WriteLineAsync(Line(
            $"memory       {start:N1} MB after warm-up, {finish:N1} MB at the end: {finish - start:+0.0;-0.0;0.0} MB of {options.GrowthLimitMegabytes:N0} allowed"));
        await output.WriteLineAsync(Line($"errors       {_errors:N0}{(_firstError is null ? "" : ", the first: " + _firstError)}"));
        await output.WriteLineAsync(grew || _errors > 0 || tokensPerSecond == 0 ? "FAILED" : "passed");
        return !grew && _errors == 0 && tokensPerSecond > 0;
    }

    private async Task StreamAsync(int seed, CancellationToken end)
    {
        SoakConversation conversation = new(model, new Random(seed));
        while (!end.IsCancellationRequested)
        {
            try
            {
                await conversation.AskAsync(end);
                Interlocked.Increment(ref _requests);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
            }
            catch (Exception error)
            {
                // Whatever it is, the soak test is there to count it. The stream ends with it.
                Interlocked.Increment(ref _errors);
                Interlocked.CompareExchange(ref _firstError, error.ToString(), null);
                return;
            }
        }
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
