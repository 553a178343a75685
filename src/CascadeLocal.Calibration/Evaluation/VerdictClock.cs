using System.Diagnostics;

using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Measures what a verdict at the end takes, by the code that serves, on one thread of this process.</summary>
internal static class VerdictClock
{
    private const int MostAnswers = 1000;
    private const int WarmUp = 50;

    public static OverheadReport Measure(RecordedRequests requests, int member, MemberJudge judge, CascadeReplay replay)
    {
        List<double> times = [];
        for (int i = 0; i < Math.Min(requests.All.Count, MostAnswers) + WarmUp; i++)
        {
            RecordedRequest request = requests.All[i % requests.All.Count];
            AnswerReader reader = replay.ReaderOf(judge, request);
            RunningVerdict verdict = new(judge, EarlyRule.None, 0, reader);
            RecordedAnswer answer = request.Answers[member];
            AnswerPlayback.Read(answer, reader);
            long started = Stopwatch.GetTimestamp();
            verdict.Finish(answer.End, answer.TokenTexts.UpTo(answer.ShownTokens));
            if (i >= WarmUp)
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return new(times.Count, Quantile.Of(times, 0.5), Quantile.Of(times, 0.99));
    }
}

/// <summary>What a verdict takes, in ms.</summary>
/// <param name="Verdicts">How many were measured.</param>
/// <param name="P50Ms">The median.</param>
/// <param name="P99Ms">The 99th percentile.</param>
public sealed record OverheadReport(int Verdicts, double P50Ms, double P99Ms);
