using CascadeLocal.Calibration.Capture;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A capture while it runs: one bar for each member, on standard error.</summary>
internal sealed class CaptureProgress : ICaptureObserver
{
    private const int MostReasons = 5;

    private readonly ProgressContext _bars;
    private readonly Dictionary<string, List<string>> _refusals = [];
    private ProgressTask? _bar;

    private CaptureProgress(ProgressContext bars) => _bars = bars;

    /// <summary>Shows bars while <paramref name="capture"/> runs; afterwards what has no label, and why.</summary>
    public static async Task<CaptureReport> ShowAsync(Func<ICaptureObserver, Task<CaptureReport>> capture)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        CaptureProgress? progress = null;
        CaptureReport report = await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(bars => capture(progress = new CaptureProgress(bars)));
        progress?.PrintRefusals();
        return report;
    }

    public void Started(string member, int open, int done)
    {
        string earlier = done > 0 ? $" ({Quantity.Plain(done)} were there)" : "";
        // A log shows no bars, only how far they are now and then.
        if (done > 0 && Console.IsErrorRedirected)
            Console.Error.WriteLine(member + earlier);

        // A bar of no length would stand still at 0 %.
        _bar = _bars.AddTask(Markup.Escape(member + earlier), maxValue: Math.Max(1, open));
        if (open == 0)
            _bar.Increment(1);
    }

    public void Answered(string member) => _bar!.Increment(1);

    public void Refused(string member, string id, string reason)
    {
        lock (_refusals)
        {
            if (!_refusals.TryGetValue(member, out List<string>? reasons))
                _refusals[member] = reasons = [];
            reasons.Add($"{id}: {reason}");
        }

        _bar!.Increment(1);
    }

    private void PrintRefusals()
    {
        foreach ((string member, List<string> reasons) in _refusals)
        {
            Console.Error.WriteLine($"{member} has no label for {Quantity.Plain(reasons.Count)} answers:");
            foreach (string reason in reasons.Take(MostReasons))
                Console.Error.WriteLine($"  {reason}");
            if (reasons.Count > MostReasons)
                Console.Error.WriteLine($"  and {Quantity.Plain(reasons.Count - MostReasons)} more");
        }
    }
}
