using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Trainer.Evaluation;

namespace CascadeLocal.Trainer.Training;

/// <summary>Tells how a run goes: a line every ten seconds, and a table after each evaluation.</summary>
internal sealed class ProgressReporter(TextWriter output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private long _tokensAtLine;
    private TimeSpan _timeAtLine;
    private double _lossSum;
    private int _lossCount;

    /// <summary>Where a run starts counting, before its first step.</summary>
    public void Begin(TrainingRun run)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{run.Settings.Shape.Name}: {run.Model.Layout.Length:N0} parameters, step {run.Steps}"));
        (_tokensAtLine, _timeAtLine) = (run.Tokens, run.Time);
    }

    /// <summary>Counts a step, and writes a line if it is time.</summary>
    public void Step(TrainingRun run, float loss)
    {
        _lossSum += loss;
        _lossCount++;
        if (_sinceLine.Elapsed >= Interval)
            WriteLine(run);
    }

    /// <summary>Writes held-out exact match per family, all levels together.</summary>
    public void Evaluation(TrainingRun run, IReadOnlyList<LevelScore> scores)
    {
        WriteLine(run);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"held-out exact match at step {run.Steps}: mean {ScoreSheet.MeanAccuracy(scores):P1}"));
        foreach (IGrouping<string, LevelScore> family in scores.GroupBy(s => s.Family))
        {
            string levels = string.Join(' ', family.Select(s => $"{100 * s.Accuracy,4:F0}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {family.First().Topic + "/" + family.Key,-32}{100 * family.Average(s => s.Accuracy),6:F1}  by level:{levels}"));
        }
    }

    private void WriteLine(TrainingRun run)
    {
        if (_lossCount == 0)
            return;
        double rate = (run.Tokens - _tokensAtLine) / (run.Time - _timeAtLine).TotalSeconds;
        double spent = run.Spent;
        TimeSpan left = spent > 0 ? run.Time * Math.Max(0, (1 / spent) - 1) : TimeSpan.Zero;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"step {run.Steps,7} | {run.Tokens / 1e6,8:F2} M tokens | {rate,7:F0} tokens/s | loss {_lossSum / _lossCount:F4} | {spent,4:P0} | ETA {left:hh\\:mm\\:ss}"));
        (_tokensAtLine, _timeAtLine) = (run.Tokens, run.Time);
        (_lossSum, _lossCount) = (0, 0);
        _sinceLine.Restart();
    }
}
