using CascadeLocal.Calibration.Replay;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A replay while it runs: one bar for each stage, on standard error.</summary>
internal sealed class ReplayBars : IProgress<ReplayProgress>
{
    private readonly ProgressContext _bars;
    private readonly Dictionary<string, ProgressTask> _stages = [];

    private ReplayBars(ProgressContext bars) => _bars = bars;

    /// <summary>Shows bars while <paramref name="replay"/> runs.</summary>
    public static Task<T> ShowAsync<T>(Func<IProgress<ReplayProgress>, Task<T>> replay) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
            .Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(bars => Task.Run(() => replay(new ReplayBars(bars))));

    public void Report(ReplayProgress value)
    {
        if (!_stages.TryGetValue(value.Stage, out ProgressTask? bar))
            _stages[value.Stage] = bar = _bars.AddTask(Markup.Escape(value.Stage), maxValue: 1);
        bar.Value = value.Share;
    }
}
