using System.Globalization;

using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// Where nothing is promised, and a share of the strongest model's accuracy is to be kept: a plan that just keeps it on the
/// questions it was chosen by mostly misses it on others. So plans are fitted to four fifths of the questions, for several
/// shares, with and without gates, and judged by the fifth that is left; the cheapest that keeps the share there, and one standard error
/// of it to spare, is taken: of many plans the cheapest is mostly one that was lucky.
/// </summary>
/// <param name="Keep">The share to fit to.</param>
/// <param name="Gates">Whether answers may be judged: not where that does not pay on questions left out.</param>
/// <param name="Notices">Sentences for the user.</param>
internal sealed record NetMargin(double Keep, bool Gates, IReadOnlyList<string> Notices)
{
    private const int Folds = 5;
    private const int Shares = 12;
    private const double Step = 0.01;

    public static NetMargin Of(PlanReplay replay, IReadOnlyList<bool> judged, JointOptions options, int target, int strongest)
    {
        double keep = options.Guarantee?.Keep ?? 0;
        JudgedQuestions table = replay.Questions;
        if (options.Guarantee is not { Kind: GuaranteeKind.None } || options.Budget is not null || table.Fit.Count < Folds)
            return new(keep, true, []);
        int[] folds = Heads.Folds.Of(
            [.. table.Fit.Select(q => table.Questions[q].Unit)],
            [.. table.Fit.Select(q => table.Questions[q].Answers[strongest].Correct)],
            Folds,
            0);
        PlanSearch[] searches = [.. Enumerable.Range(0, Folds).Select(f => new PlanSearch(
            new(replay, judged, options, target, strongest, [.. table.Fit.Where((_, i) => folds[i] != f)]), options, 0))];

        bool[] gates = options.Mode == JointMode.Joint ? [false, true] : [options.Mode != JointMode.StageOne];
        NetMargin? best = null;
        double least = double.PositiveInfinity;
        foreach (bool gated in gates)
        {
            for (int s = 0; s < Shares; s++)
            {
                double share = keep + s * Step;
                (UnitMean margin, double cost) = HeldOut(replay, options, folds, strongest, searches, keep, share, gated);
                if (margin.Mean >= margin.StandardError && cost < least * (1 - 1e-9))
                    (best, least) = (new(share, gated, []), cost);
            }
        }

        return best ?? new(keep + (Shares - 1) * Step, gates[0], [string.Create(
            CultureInfo.InvariantCulture,
            $"no cheaper plan kept {keep:0.####} of the strongest model's accuracy on questions left out of its fit; the most accurate one is taken")]);
    }

    // The margin: what is right, less the share to keep of what the strongest model has right.
    private static (UnitMean Margin, double Cost) HeldOut(
        PlanReplay replay, JointOptions options, int[] folds, int strongest, PlanSearch[] searches, double keep, double share, bool gates)
    {
        JudgedQuestions table = replay.Questions;
        CascadeAction[][] plans = [.. searches.Select(s => s.Find(null, share, gates).Actions.Select(a => a.Action).ToArray())];
        List<(int Unit, double Value)> margins = [];
        double cost = 0;
        for (int i = 0; i < folds.Length; i++)
        {
            JudgedQuestion question = table.Questions[table.Fit[i]];
            Delivery delivery = replay.Deliver(table.Fit[i], plans[folds[i]][question.Cluster]);
            margins.Add((question.Unit, question.Answers[delivery.Model].Correct - keep * question.Answers[strongest].Correct));
            cost += question.IsPriced(options.Metric) ? delivery.Charge(options.Metric) : 0;
        }

        return (UnitMean.Of(margins), cost);
    }
}
