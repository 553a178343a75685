using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.Arithmetic;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Reads the answers of one member as a judge will: token by token, through <see cref="AnswerReader"/>.</summary>
/// <param name="table">The questions.</param>
/// <param name="model">The member.</param>
/// <param name="projection">Of the query.</param>
internal sealed class MemberAnswers(JudgedTable table, int model, QueryProjection projection)
{
    /// <summary>The features of all answers, and sentences on what the labels lack for them.</summary>
    public (AnswerFeatures Features, IReadOnlyList<string> Notices) Read(CancellationToken cancellationToken)
    {
        LabelRow[] rows = [.. table.Rows.Select(run => run[model])];
        // What all of them have: a head cannot tell an answer that looks certain from one of which nothing is known.
        SignalSet signals = rows.Select(LabelSignals.SetOf).DefaultIfEmpty(SignalSet.None).Min();
        int withMore = rows.Count(row => LabelSignals.SetOf(row) > signals);
        int withText = rows.Count(row => row.Output is not null);
        bool hasText = withText == rows.Length;
        FeatureLayout layout = new(
            signals, table.Questions.Clusters, projection.Dimensions, hasText ? ArithmeticFeatures.Instance : null);
        IReadOnlyList<int> checkpoints = CascadeFitOptions.Checkpoints;
        float[][] queries = [.. Enumerable.Range(0, table.Vectors.Count).Select(point =>
        {
            float[] reduced = new float[projection.Dimensions];
            projection.Apply(table.Vectors[point], reduced);
            return reduced;
        })];
        float[]?[][] features = [.. rows.Select((row, q) =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            AnswerReader reader = new(layout, row.Prompt, table.Questions.Questions[q].Cluster, queries[table.Points[q]]);
            return Features(reader, row, checkpoints);
        })];
        string name = table.Questions.Models[model];
        List<string> notices = [];
        if (withMore > 0)
            notices.Add($"{name}: {rows.Length - withMore} of {rows.Length} labels have {Had(signals)}, so no more is used of the others");
        if (!hasText)
            notices.Add($"{name}: {rows.Length - withText} of {rows.Length} labels have no output, so answers are judged without their text");
        int estimated = rows.Count(row => !JudgedTable.HasLength(row) && row.Output is not null);
        if (estimated > 0)
            notices.Add($"{name}: {estimated} of {rows.Length} labels have no output_tokens; four characters are taken for a token");
        int unknown = rows.Count(row => !JudgedTable.HasLength(row) && row.Output is null);
        if (unknown > 0)
            notices.Add($"{name}: {unknown} of {rows.Length} labels have neither output_tokens nor an output; two tokens are taken for each");
        int spread = hasText ? rows.Count(row => !TokenText.IsExact(row, LabelSignals.ShownTokens(row))) : 0;
        if (spread > 0)
            notices.Add($"{name}: {spread} of {rows.Length} labels have no token_ends, so the text of a running answer is taken in proportion to its tokens");
        return (new(layout, checkpoints, features), notices);
    }

    private static float[]?[] Features(AnswerReader reader, LabelRow row, IReadOnlyList<int> checkpoints)
    {
        int tokens = LabelSignals.ShownTokens(row);
        TokenText text = new(row, tokens);
        float[]?[] features = new float[]?[checkpoints.Count + 1];
        int next = 0;
        for (int token = 0; token < tokens; token++)
        {
            (float logProbability, float entropy, float margin) = LabelSignals.Of(row, token);
            reader.Add(logProbability, entropy, margin, text.UpTo(token + 1));
            if (next < checkpoints.Count && reader.Tokens == checkpoints[next])
                features[next++] = reader.Features(AnswerEnd.Running, text.UpTo(token + 1));
        }

        features[^1] = reader.Features(row.FinishReason == "length" ? AnswerEnd.Length : AnswerEnd.Stop, text.UpTo(tokens));
        return features;
    }

    private static string Had(SignalSet signals) => signals switch
    {
        SignalSet.None => "no token signals",
        SignalSet.Confidence => "one confidence and no token signals",
        _ => "log-probabilities alone",
    };
}
