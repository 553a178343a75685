using System.Globalization;
using System.Text;

using CascadeLocal.Trainer.Evaluation;

namespace CascadeLocal.Trainer.Publishing;

/// <summary>What makes members a tier: how their accuracies differ from family to family. Members go from the smallest to the largest.</summary>
internal sealed class TierSummary
{
    private const double ClearLead = 0.30;
    private const double Near = 0.02;

    private readonly IReadOnlyList<MemberRecord> _members;
    private readonly Dictionary<string, double[]> _families;

    /// <summary>Sums up a tier.</summary>
    /// <param name="members">At least one, from the smallest to the largest, measured on the same questions.</param>
    public TierSummary(IReadOnlyList<MemberRecord> members)
    {
        _members = members;
        _families = members[0].Scores.Select(score => score.Family).Distinct().ToDictionary(
            family => family,
            family => members.Select(member => Accuracy(member.Scores, family)).ToArray());
    }

    /// <summary>Families that the smallest member has mastered.</summary>
    public int Mastered => Count(family => family[0] >= 0.98);

    /// <summary>Families in which nobody can say beforehand whether the smallest member is right.</summary>
    public int Uncertain => Count(family => family[0] is >= 0.4 and <= 0.9);

    /// <summary>Families in which the largest member is far ahead of the smallest.</summary>
    public int FarAhead => Count(family => family[^1] - family[0] >= ClearLead);

    /// <summary>Families in which the second member is as good as the largest and the smallest is not.</summary>
    public int SecondSuffices => _members.Count < 3
        ? 0
        : Count(family => family[^1] - family[1] <= Near && family[^1] - family[0] > Near);

    /// <summary>Topics in which the level decides whether the smallest member can do it: in one family; an easy and a hard family are no level.</summary>
    public int DecidedByLevel => _members[0].Scores
        .GroupBy(score => (score.Topic, score.Family))
        .Where(family => family.Max(score => score.Accuracy) >= 0.95 && family.Min(score => score.Accuracy) <= 0.5)
        .DistinctBy(family => family.Key.Topic)
        .Count();

    /// <summary>The mean over families of a member's accuracy.</summary>
    public double Mean(int member) => _families.Values.Average(family => family[member]);

    /// <summary>The summary as list items.</summary>
    public string Write()
    {
        string smallest = _members[0].Member, largest = _members[^1].Member;
        StringBuilder text = new();
        Item($"families that the smallest member answers at 98 % or more: {Mastered} of {_families.Count}");
        Item($"families that the smallest member answers at 40 to 90 %, where judging its answer pays: {Uncertain}");
        if (_members.Count > 1)
            Item($"families in which {largest} is ahead of {smallest} by 30 points or more: {FarAhead}");
        if (_members.Count > 2)
            Item($"families in which {_members[1].Member} is within 2 points of {largest} but {smallest} is not: {SecondSuffices}");
        Item($"topics in which levels take the smallest member from 95 % or more to 50 % or less: {DecidedByLevel}");
        if (_members[^1].AloneRight is { } alone)
            Item($"questions that {largest} answers right and no smaller member does: {100 * alone:F1} %");
        return text.ToString();

        void Item(FormattableString item) => text.Append("- ").AppendLine(item.ToString(CultureInfo.InvariantCulture));
    }

    private int Count(Func<double[], bool> condition) => _families.Values.Count(condition);

    private static double Accuracy(IReadOnlyList<LevelScore> scores, string family) =>
        scores.Where(score => score.Family == family).Select(score => score.Accuracy).DefaultIfEmpty(0).Average();
}
