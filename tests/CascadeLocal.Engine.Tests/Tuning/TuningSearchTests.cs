using CascadeLocal.Engine.Tuning;

using Xunit;

namespace CascadeLocal.Engine.Tests.Tuning;

/// <summary>The descent over scripted times.</summary>
public sealed class TuningSearchTests
{
    private static readonly TuningPoint Start = new(null, Threads: 8, ThreadsBatch: 8, PrefillBudget: 128);

    private static readonly TuningPart[] Parts = Enum.GetValues<TuningPart>();

    private static readonly TuningAxis[] Axes =
    [
        new("flash_attention", [TuningPart.Decode, TuningPart.Prompt], "auto", [("off", way => way with { FlashAttention = false })]),
        new("threads", [TuningPart.Decode], "8",
            [.. new[] { 6, 4, 3, 2, 1 }.Select(count => ($"{count}", (Func<TuningPoint, TuningPoint>)(way => way with { Threads = count })))]),
        new("prefill_budget", [TuningPart.Prompt], "128", [("256", way => way with { PrefillBudget = 256 }), ("64", way => way with { PrefillBudget = 64 })]),
    ];

    private static TuningOutcome Search(Func<TuningPoint, TuningPart, double> seconds, IProgress<double>? progress = null) =>
        new TuningSearch(seconds, Parts, TimeSpan.Zero).Run(Start, Axes, progress);

    [Fact]
    public void Every_setting_goes_to_its_own_best()
    {
        TuningOutcome found = Search((way, part) => part switch
        {
            TuningPart.Decode or TuningPart.DeepDecode => 1 + (0.2 * Math.Abs(way.Threads - 3)),
            TuningPart.Together => 1,
            _ => (way.FlashAttention == false ? 1.2 : 1) * 128 / way.PrefillBudget,
        });

        Assert.Equal(Start with { Threads = 3, PrefillBudget = 256 }, found.Chosen);
        Assert.Equal(["auto", "3", "256"], found.Settings.Select(setting => setting.Chosen));
        Assert.Equal(["6", "4", "3", "2", "1"], found.Settings[1].Tried.Select(tried => tried.Value));
        TriedValue budget = found.Settings[2].Tried[0];
        Assert.Equal(("256", null, 2.0), (budget.Value, budget.TpotRatio, budget.PrefillRatio));
        // Two parts of three, of which each is twice as fast.
        Assert.Equal((Math.Pow(0.5, 2 / 3.0), 2.0, false), (found.TpotRatio, found.PrefillRatio, found.FellThrough));
    }

    [Fact]
    public void A_setting_is_varied_with_what_was_taken_before_in_force()
    {
        // Few threads pay without flash attention alone.
        TuningOutcome found = Search((way, part) => part == TuningPart.Decode ? (way.FlashAttention, way.Threads) switch
        {
            (false, 1) => 0.5,
            (false, _) => 0.9,
            (_, 8) => 1,
            _ => 2,
        }
        : 1);

        Assert.Equal(Start with { FlashAttention = false, Threads = 1 }, found.Chosen);
    }

    [Fact]
    public void On_a_machine_that_grows_slower_all_the_time_the_defaults_stay()
    {
        double now = 1;
        TuningOutcome found = Search((_, _) => now *= 1.01);

        Assert.Equal((Start, false), (found.Chosen, found.FellThrough));
        Assert.Equal(["auto", "8", "128"], found.Settings.Select(setting => setting.Chosen));
    }

    [Fact]
    public void What_is_not_faster_in_the_end_falls_as_a_whole()
    {
        int settled = 0;
        TuningOutcome found = Search(
            (way, _) => way == Start ? 1 : settled < Axes.Length ? 0.8 : 1.1, new Told(_ => settled++));

        Assert.Equal((Start, true), (found.Chosen, found.FellThrough));
    }

    /// <summary>Unlike Progress, on the thread that reports.</summary>
    private sealed class Told(Action<double> told) : IProgress<double>
    {
        public void Report(double value) => told(value);
    }
}
