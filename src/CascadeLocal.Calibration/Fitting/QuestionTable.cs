using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Labels as a table: the questions that all models have answered, the rest is counted and left out.</summary>
public sealed record QuestionTable
{
    /// <summary>The models: in the order of members.json, else of the rows.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The prompts of the questions, each once.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>The questions, by id; one at least.</summary>
    public required IReadOnlyList<Question> Questions { get; init; }

    /// <summary>What was left out, one sentence each.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>How many questions there are of each kind.</summary>
    public IReadOnlyDictionary<RequestKind, int> Kinds => Questions.CountBy(question => question.Kind).ToDictionary();

    /// <summary>Makes the table.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="source">The file or folder they are from, for messages.</param>
    /// <exception cref="DataFileException">No question was answered by all models.</exception>
    public static QuestionTable Of(LabelSet labels, string source)
    {
        ArgumentNullException.ThrowIfNull(labels);
        HashSet<string> answering = [.. labels.Rows.Select(row => row.Model)];
        string[] models = [.. labels.Members is { } members
            ? members.Select(member => member.Name).Where(answering.Contains)
            : labels.Rows.Select(row => row.Model).Distinct()];
        List<string> notices = [.. (labels.Members ?? [])
            .Where(member => !answering.Contains(member.Name))
            .Select(member => $"{member.Name} has no labels and takes no part")];

        Dictionary<string, int> texts = [];
        List<Question> questions = [];
        int[] missing = new int[models.Length];
        int uncommon = 0;

        // A capture writes its rows as answers come: their order must not decide what the seed alone should.
        foreach (IGrouping<string, LabelRow> rows in labels.Rows.GroupBy(row => row.Id).OrderBy(rows => rows.Key, StringComparer.Ordinal))
        {
            ILookup<string, LabelRow> byModel = rows.ToLookup(row => row.Model);
            int[] lacking = [.. Enumerable.Range(0, models.Length).Where(m => !byModel[models[m]].Any())];
            foreach (int model in lacking)
                missing[model]++;
            if (lacking.Length > 0)
                continue;
            LabelRow first = rows.First();
            if (!texts.TryGetValue(first.Prompt, out int text))
                texts[first.Prompt] = text = texts.Count;
            (IReadOnlyList<IReadOnlyList<LabelRow>> runs, bool areCommon) = LabelRuns.Of([.. models.Select(model => byModel[model].ToArray())]);
            uncommon += areCommon ? 0 : 1;
            questions.Add(new(first.Id, text, first.Task, [.. models.Select(model => AnswerOf([.. byModel[model]]))]) { Kind = first.Kind, Runs = runs });
        }

        int all = labels.Rows.Select(row => row.Id).Distinct().Count();
        if (questions.Count == 0)
            throw new DataFileException(source, null, "", $"none of {all} questions was answered by all of {string.Join(", ", models)}");
        if (questions.Count < all)
        {
            string lacks = string.Join(", ", models.Zip(missing).Where(pair => pair.Second > 0).Select(pair => $"{pair.First} lacks {pair.Second}"));
            notices.Add($"{all - questions.Count} of {all} questions were not answered by all models and are left out: {lacks}");
        }

        return new() { Models = models, Texts = [.. texts.Keys], Questions = questions, Notices = [.. notices, .. LabelRuns.NoticeOf(uncommon)] };
    }

    /// <summary>The questions of some texts, with the indices of these texts; null where there is none.</summary>
    public (QuestionTable Table, int[] Texts)? Select(Predicate<int> text)
    {
        int[] kept = [.. Enumerable.Range(0, Texts.Count).Where(t => text(t))];
        Dictionary<int, int> places = kept.Select((t, place) => (t, place)).ToDictionary(p => p.t, p => p.place);
        Question[] questions = [.. Questions.Where(q => places.ContainsKey(q.Text)).Select(q => q with { Text = places[q.Text] })];
        return questions.Length == 0 ? null : (this with { Texts = [.. kept.Select(t => Texts[t])], Questions = questions }, kept);
    }

    /// <summary>
    /// Which questions count for what models cost: those with the figure of every model that has it at all, so that models are compared on
    /// the same questions.
    /// </summary>
    /// <param name="metric">The figure.</param>
    /// <param name="stated">Models of which the figure is stated, so that labels need not have it; null for none.</param>
    internal Func<Question, bool> Priced(CostMetric metric, IEnumerable<string>? stated = null)
    {
        int[] measured = [.. Enumerable.Range(0, Models.Count)
            .Where(m => stated?.Contains(Models[m]) != true && Questions.Any(question => question.Answers[m].Under(metric) is not null))];
        return question => measured.All(m => question.Answers[m].Under(metric) is not null);
    }

    private static Answer AnswerOf(IReadOnlyList<LabelRow> runs) => new(
        runs.Average(run => run.Correct),
        runs.Average(run => run.TpotMs),
        runs.Average(run => run.E2elMs),
        runs.Average(run => (double?)run.OutputTokens))
    {
        Cost = runs.Average(run => run.CostUsd),
    };
}

/// <summary>A question that every model has answered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Which of the table's texts its prompt is.</param>
/// <param name="Task">Its kind, where the data says it.</param>
/// <param name="Answers">One per model, in the table's order.</param>
public sealed record Question(string Id, int Text, string? Task, IReadOnlyList<Answer> Answers)
{
    /// <summary>How right each model is.</summary>
    internal double[] Correctness => [.. Answers.Select(answer => answer.Correct)];

    /// <summary>What it asks for beside text.</summary>
    public RequestKind Kind { get; init; }

    /// <summary>
    /// The runs that every model has, one row per model each. Where no run is common to all, the first of each model is one.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<LabelRow>> Runs { get; init; } = [];
}

/// <summary>How one model answered one question, the mean over its runs; times are null where they were not measured.</summary>
/// <param name="Correct">How right it is, 0..1.</param>
/// <param name="TpotMs">Time per output token, over the runs with two tokens or more.</param>
/// <param name="E2elMs">End-to-end latency.</param>
/// <param name="OutputTokens">Length of the answer.</param>
public sealed record Answer(double Correct, double? TpotMs, double? E2elMs, double? OutputTokens)
{
    /// <summary>What it cost, in the unit of the labels; null where that is not known.</summary>
    public double? Cost { get; init; }

    /// <summary>Its cost under a metric; null where it was not measured.</summary>
    public double? Under(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => TpotMs,
        CostMetric.E2el => E2elMs,
        _ => Cost,
    };
}
