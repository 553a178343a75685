using System.Globalization;

using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Labels of held-out questions as requests that every member of a policy has answered.</summary>
public sealed class RecordedRequests
{
    private RecordedRequests(IReadOnlyList<string> members, IReadOnlyList<string> texts, IReadOnlyList<RecordedRequest> all, IReadOnlyList<string> notices) =>
        (Members, Texts, All, Notices) = (members, texts, all, notices);

    /// <summary>The members, in the policy's order.</summary>
    public IReadOnlyList<string> Members { get; }

    /// <summary>The prompts, each once.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>How many different questions there are.</summary>
    public int Questions => All.Select(request => request.Id).Distinct().Count();

    /// <summary>What was left out, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>What is taken for the lengths of answers that nobody counted, one sentence each.</summary>
    internal IEnumerable<string> LengthNotices
    {
        get
        {
            RecordedAnswer[] uncounted = [.. All.SelectMany(request => request.Answers).Where(answer => !answer.HasLength)];
            int estimated = uncounted.Count(answer => answer.HasText);
            if (estimated > 0)
                yield return $"{estimated} answers have no output_tokens; their length is estimated from their text";
            int unknown = uncounted.Count(answer => !answer.HasText && double.IsFinite(answer.TimePerOutputToken));
            if (unknown > 0)
                yield return $"{unknown} answers have neither output_tokens nor an output; two tokens are taken for each";
        }
    }

    /// <summary>The requests, by id and run.</summary>
    internal IReadOnlyList<RecordedRequest> All { get; }

    /// <summary>Takes the rows of a policy's members.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="members">The names of the policy's members.</param>
    /// <param name="source">The file or folder the labels are from, for messages.</param>
    /// <exception cref="DataFileException">A member has no labels, or no question was answered by all.</exception>
    public static RecordedRequests Of(LabelSet labels, IReadOnlyList<string> members, string source)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(members);
        if (members.FirstOrDefault(member => !labels.Rows.Any(row => row.Model == member)) is { } missing)
            throw new DataFileException(source, null, "model", $"no row is of {missing}, a member of the policy");
        List<string> notices = [.. labels.Rows.Select(row => row.Model).Distinct().Where(model => !members.Contains(model))
            .Select(model => $"{model} is not in the policy and takes no part")];

        Dictionary<string, int> texts = [];
        List<RecordedRequest> requests = [];
        (int unanswered, int uncommon) = (0, 0);
        // A capture writes its rows as answers come: their order must decide nothing.
        foreach (IGrouping<string, LabelRow> rows in labels.Rows.GroupBy(row => row.Id).OrderBy(rows => rows.Key, StringComparer.Ordinal))
        {
            ILookup<string, LabelRow> byMember = rows.ToLookup(row => row.Model);
            int asked = rows.Select(row => row.Run).Distinct().Count();
            if (!members.All(byMember.Contains))
            {
                unanswered += asked;
                continue;
            }

            // As a fit pairs them.
            (IReadOnlyList<IReadOnlyList<LabelRow>> runs, bool areCommon) = LabelRuns.Of([.. members.Select(member => byMember[member].ToArray())]);
            unanswered += areCommon ? asked - runs.Count : 0;
            uncommon += areCommon ? 0 : 1;
            LabelRow first = rows.First();
            if (!texts.TryGetValue(first.Prompt, out int text))
                texts[first.Prompt] = text = texts.Count;
            requests.AddRange(runs.Select(run => new RecordedRequest(first.Id, text, first.Task, [.. run.Select(row => new RecordedAnswer(row))])));
        }

        if (requests.Count == 0)
            throw new DataFileException(source, null, "", $"none of {unanswered} requests was answered by all of {string.Join(", ", members)}");
        if (unanswered > 0)
            notices.Add($"{unanswered} of {unanswered + requests.Count} requests were not answered by all members and are left out");
        return new(members, [.. texts.Keys], requests, [.. notices, .. LabelRuns.NoticeOf(uncommon)]);
    }

    /// <summary>
    /// Takes the rows of a policy's members. Of a member whose rows all lack the policy's metric, what the policy was told of it
    /// (<c>fit --cost</c>) is taken, if anything.
    /// </summary>
    /// <inheritdoc cref="Of(LabelSet, IReadOnlyList{string}, string)"/>
    public static RecordedRequests Of(LabelSet labels, Policy policy, string source)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(policy);
        CostMetric metric = policy.Options.Metric;
        HashSet<string> measured = [.. labels.Rows.Where(row => row.Under(metric) is not null).Select(row => row.Model)];
        Dictionary<string, double> told = policy.Statistics.Models
            .Where(model => !measured.Contains(model.Name) && model.Cost(metric).Stated is not null)
            .ToDictionary(model => model.Name, model => model.Cost(metric).Stated!.Value);
        LabelRow[] rows = [.. labels.Rows.Select(row => told.TryGetValue(row.Model, out double cost) ? row.At(metric, cost) : row)];
        RecordedRequests requests = Of(labels with { Rows = rows }, [.. policy.Members.Select(member => member.Name)], source);
        if (told.Count == 0)
            return requests;
        string costs = string.Join(", ", told.Select(cost => string.Create(CultureInfo.InvariantCulture, $"{cost.Key} {cost.Value:G4}{metric.Unit()}")));
        return new(
            requests.Members, requests.Texts, requests.All,
            [.. requests.Notices, $"the labels have no {metric.Field()} of {string.Join(", ", told.Keys)}; what the policy was told is taken: {costs}"]);
    }

    /// <summary>Checks that every answer has a cost.</summary>
    /// <param name="source">As above.</param>
    /// <exception cref="DataFileException">One has none.</exception>
    public void CheckCosts(string source)
    {
        foreach (RecordedRequest request in All)
        {
            int without = Enumerable.Range(0, Members.Count).FirstOrDefault(m => double.IsNaN(request.Answers[m].Cost), -1);
            if (without >= 0)
            {
                throw new DataFileException(
                    source, null, "cost_usd", $"'{request.Id}' of {Members[without]} has no cost, which --cost needs (--price says what its tokens cost)");
            }
        }
    }
}

/// <summary>A question as it was asked once, answered by every member.</summary>
/// <param name="Id">The question's id; its runs share it.</param>
/// <param name="Text">Which of the texts its prompt is. Requests of one text are no evidence of their own.</param>
/// <param name="Family">Its kind, where the data says it.</param>
/// <param name="Answers">One per member.</param>
internal sealed record RecordedRequest(string Id, int Text, string? Family, IReadOnlyList<RecordedAnswer> Answers);
