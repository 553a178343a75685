using System.Diagnostics;

using CascadeLocal.Calibration.Evaluation.Answers;
using CascadeLocal.Calibration.Evaluation.Intervals;
using CascadeLocal.Calibration.Evaluation.Policies;
using CascadeLocal.Calibration.Evaluation.Reports;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.Answers;
using CascadeLocal.Routing.Judging.EarlyVerdicts;

namespace CascadeLocal.Calibration.Evaluation.Judges;

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
            AnswerPlayback.Read(request.Answers[member], reader);
            long started = Stopwatch.GetTimestamp();
            verdict.Finish(request.Answers[member].End);
            if (i >= WarmUp)
                times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        times.Sort();
        return new(times.Count, Quantile.Of(times, 0.5), Quantile.Of(times, 0.99));
    }
}
