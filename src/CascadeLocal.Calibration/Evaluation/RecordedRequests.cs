using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;

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
        int unanswered = 0;
        // A capture writes its rows as answers come: their order must decide nothing.
        var asked = labels.Rows.GroupBy(row => (row.Id, row.Run)).OrderBy(rows => rows.Key.Id, StringComparer.Ordinal).ThenBy(rows => rows.Key.Run);
        foreach (var rows in asked)
        {
            Dictionary<string, LabelRow> byMember = rows.ToDictionary(row => row.Model);
            if (!members.All(byMember.ContainsKey))
            {
                unanswered++;
                continue;
            }

            LabelRow first = rows.First();
            if (!texts.TryGetValue(first.Prompt, out int text))
                texts[first.Prompt] = text = texts.Count;
            requests.Add(new(first.Id, text, first.Task, [.. members.Select(member => new RecordedAnswer(byMember[member]))]));
        }

        if (requests.Count == 0)
            throw new DataFileException(source, null, "", $"none of {unanswered} requests was answered by all of {string.Join(", ", members)}");
        if (unanswered > 0)
            notices.Add($"{unanswered} of {unanswered + requests.Count} requests were not answered by all members and are left out");
        return new(members, [.. texts.Keys], requests, notices);
    }
}

/// <summary>A question as it was asked once, answered by every member.</summary>
/// <param name="Id">The question's id; its runs share it.</param>
/// <param name="Text">Which of the texts its prompt is. Requests of one text are no evidence of their own.</param>
/// <param name="Family">Its kind, where the data says it.</param>
/// <param name="Answers">One per member.</param>
internal sealed record RecordedRequest(string Id, int Text, string? Family, IReadOnlyList<RecordedAnswer> Answers);
