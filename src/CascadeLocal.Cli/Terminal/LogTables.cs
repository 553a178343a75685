using CascadeLocal.Calibration.DecisionLogs;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A report on a decision log for people.</summary>
internal static class LogTables
{
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss";

    public static void Print(LogReport report)
    {
        string statuses = string.Join(", ", report.Statuses.Select(status => $"{Quantity.Plain(status.Value)} {status.Key}"));
        string broken = report.BrokenLines > 0 ? $"; {report.BrokenLines} lines could not be read" : "";
        ReportOutput.PrintLine(
            $"{Quantity.Plain(report.Requests)} requests from {Time(report.From)} to {Time(report.To)} UTC ({statuses}), "
            + $"{report.Pinned} of them for a named member, {report.Fallbacks} by another member than the one that should have answered{broken}");
        PrintTraffic("Routed and delivered", [report.All]);
        PrintTraffic("Cluster", report.Clusters);
        PrintTraffic("Delivered by", report.Models);
        PrintTraffic("Path", report.Paths);
        if (report.Novel > 0)
            ReportOutput.PrintLine($"Novel, unlike all that the policy was fitted to: {Quantity.Plain(report.Novel)} requests ({ReportOutput.Percent((double)report.Novel / report.All.N)})");
        if (report.DraftReuse is { } reuse)
            ReportOutput.PrintLine($"Of the draft tokens that were offered, {ReportOutput.Percent(reuse)} were kept");
        if (report.FeedbackWithoutRequest > 0)
            ReportOutput.PrintLine($"{report.FeedbackWithoutRequest} answers with feedback are not in the log");
        if (report.Shadow is { } shadow)
            PrintShadow(shadow);
        if (report.Drift is { } drift)
            PrintDrift(drift);
    }

    private static void PrintTraffic(string title, IReadOnlyList<TrafficReport> traffic)
    {
        if (traffic.Count == 0)
            return;
        Table table = ReportOutput.Table(title, "Requests", "Share", "Escalated", "accept_probability", "TTFT in ms", "TPOT in ms", "by tokens", "E2EL in ms", "Cost", "Feedback", "Right");
        foreach (TrafficReport row in traffic)
        {
            table.AddRow(
                Markup.Escape(row.Name), Quantity.Plain(row.N), ReportOutput.Percent(row.Share), ReportOutput.Percent(row.EscalationRate),
                Number(row.AcceptProbability), Number(row.TtftMs), Number(row.TpotMs), Number(row.TpotTokenWeightedMs), Number(row.E2elMs), LabelFitTables.Price(row.Cost),
                Quantity.Plain(row.FeedbackN), ReportOutput.Percent(row.FeedbackAccuracy));
        }

        ReportOutput.Print(table);
    }

    private static void PrintShadow(ShadowReport shadow)
    {
        ReportOutput.PrintLine($"Answered by the strongest member and the cascade, {Quantity.Plain(shadow.N)} requests: the cascade escalates {ReportOutput.Percent(shadow.EscalationRate)}");
        ReportOutput.PrintLine(
            $"  Saved: TPOT {Number(shadow.CascadeTpotMs)} instead of {Number(shadow.TpotMs)} ms (x {Number(shadow.TpotRatio)}; "
            + $"by tokens x {Number(shadow.TpotTokenWeightedRatio)}), "
            + $"E2EL {Number(shadow.CascadeE2elMs)} instead of {Number(shadow.E2elMs)} ms (x {Number(shadow.E2elRatio)})");
        ReportOutput.PrintLine(shadow.Compared == 0
            ? "  Risked: not known, no answers were compared"
            : $"  Risked: {ReportOutput.Percent(shadow.DisagreementRate)} of {shadow.Compared} answers are others {Percents(shadow.DisagreementCi95)}");
        if (shadow.CalledRight > 0)
        {
            ReportOutput.PrintLine(
                $"  Of {shadow.CalledRight} answers called right, {ReportOutput.Percent(shadow.LostAtMost)} would have been others {Percents(shadow.LostAtMostCi95)}");
        }
    }

    private static void PrintDrift(DriftReport drift)
    {
        ReportOutput.PrintLine(drift.Alarm ? "Drift: ALARM" : "Drift: no alarm");
        foreach (string reason in drift.Reasons)
            ReportOutput.PrintLine($"  {reason}");
        foreach (string notice in drift.Notices)
            ReportOutput.PrintLine($"  Note: {notice}");
        if (drift.Clusters is { } clusters)
            PrintCompared("Clusters", $"{ReportOutput.Percent(clusters.TotalVariation)} of the requests would have to be in others", clusters.PValue);
        if (drift.Novelty is { } novelty)
            PrintCompared("Novel", $"{ReportOutput.Percent(novelty.Live)}, expected {ReportOutput.Percent(novelty.Alpha)} at most", novelty.PValue);
        if (drift.Escalation is { } rate)
            PrintCompared("Escalated", $"{ReportOutput.Percent(rate.Live)}, expected {ReportOutput.Percent(rate.Expected)}", rate.PValue);
        if (drift.Calibration is { } said)
            PrintCompared("Right by feedback", $"{ReportOutput.Percent(said.Observed)} of {said.N}, predicted {ReportOutput.Percent(said.Predicted)}", said.PValue);
    }

    private static void PrintCompared(string what, string figures, double chance) =>
        ReportOutput.PrintLine($"  {what}: {figures} (p {(chance < 0.0001 ? "< 0.0001" : FormattableString.Invariant($"= {chance:0.0000}"))})");

    private static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString(TimeFormat, System.Globalization.CultureInfo.InvariantCulture) ?? "?";

    private static string Percents(IReadOnlyList<double>? ends) => ends is null ? "" : $"[{ReportOutput.Percent(ends[0])}, {ReportOutput.Percent(ends[1])}]";

    private static string Number(double? value) => value is { } number ? FormattableString.Invariant($"{number:0.###}") : "";
}
