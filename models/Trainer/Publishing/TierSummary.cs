using System.Globalization;
using System.Text;

using CascadeLocal.Trainer.Evaluation;

namespace CascadeLocal.Trainer.Publishing;

/// <summary>What makes members a tier: how their accuracies differ from family to family.</summary>
internal static class TierSummary
{
    private const double ClearLead = 0.30;
    private const double Near = 0.02;

    /// <summary>The summary as list items.</summary>
    /// <param name="members">At least one, from the smallest to the largest, measured on the same questions.</param>
    public static string Write(IReadOnlyList<MemberRecord> members)
    {
        Dictionary<string, double[]> families = FamilyAccuracies(members);
        int strongest = members.Count - 1;
        StringBuilder text = new();
        Item($"families that the smallest member answers at 98 % or more: {Count(f => f[0] >= 0.98)} of {families.Count}");
        Item($"families that the smallest member answers at 40 to 90 %, where judging its answer pays: {Count(f => f[0] is >= 0.4 and <= 0.9)}");
        if (members.Count > 1)
            Item($"families in which {members[strongest].Member} is ahead of {members[0].Member} by 30 points or more: {Count(f => f[strongest] - f[0] >= ClearLead)}");
        if (members.Count > 2)
            Item($"families in which {members[1].Member} is within 2 points of {members[strongest].Member} but {members[0].Member} is not: {Count(f => f[strongest] - f[1] <= Near && f[strongest] - f[0] > Near)}");
        Item($"topics in which levels take the smallest member from 95 % or more to 50 % or less: {Topics(members[0])}");
        if (members[strongest].AloneRight is { } alone)
            Item($"questions that {members[strongest].Member} answers right and no smaller member does: {100 * alone:F1} %");
        return text.ToString();

        int Count(Func<double[], bool> condition) => families.Values.Count(condition);

        void Item(FormattableString item) => text.Append("- ").AppendLine(item.ToString(CultureInfo.InvariantCulture));
    }

    // One family whose levels do it is enough; an easy and a hard family of a topic are not a level.
    private static int Topics(MemberRecord member) => member.Scores
        .GroupBy(score => (score.Topic, score.Family))
        .Where(family => family.Max(score => score.Accuracy) >= 0.95 && family.Min(score => score.Accuracy) <= 0.5)
        .DistinctBy(family => family.Key.Topic)
        .Count();

    private static Dictionary<string, double[]> FamilyAccuracies(IReadOnlyList<MemberRecord> members) =>
        members[0].Scores.Select(score => score.Family).Distinct().ToDictionary(
            family => family,
            family => members.Select(member => Accuracy(member.Scores, family)).ToArray());

    private static double Accuracy(IReadOnlyList<LevelScore> scores, string family) =>
        scores.Where(score => score.Family == family).Select(score => score.Accuracy).DefaultIfEmpty(0).Average();
}
