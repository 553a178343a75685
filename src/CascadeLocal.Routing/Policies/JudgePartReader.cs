using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Policies;

/// <summary>Checks the judges of a parsed policy.json, with their tensors, and builds them.</summary>
/// <param name="fields">Of the part.</param>
/// <param name="tensorsFile">policy.safetensors, for messages.</param>
/// <param name="part">What the file holds.</param>
/// <param name="policy">The rest of the policy.</param>
/// <param name="tensors">By name; all numbers are finite.</param>
/// <param name="sets">What may be read from the text.</param>
internal sealed class JudgePartReader(
    PolicyFields fields,
    string tensorsFile,
    EscalationPart part,
    Policy policy,
    IReadOnlyDictionary<string, NamedTensor> tensors,
    TextFeatureSets sets)
{
    /// <summary>The projection of the query; null where there is none.</summary>
    public QueryProjection? Projection()
    {
        if (!tensors.Keys.Any(name => name.StartsWith(EscalationPartWriter.ProjectionPrefix, StringComparison.Ordinal)))
            return null;
        QueryProjection projection = Build(
            EscalationPartWriter.ProjectionPrefix, () => QueryProjection.Read(tensors, EscalationPartWriter.ProjectionPrefix));
        return projection.Inputs == policy.Embedder.Dimensions && projection.Dimensions > 0 ? projection : throw new PolicyException(
            tensorsFile,
            $"{EscalationPartWriter.ProjectionPrefix}mean",
            $"is of vectors of {projection.Inputs}, but the embedder's have {policy.Embedder.Dimensions}");
    }

    /// <summary>The judge of a member; null where its answers are not judged.</summary>
    public MemberJudge? Judge(string name, int member, QueryProjection? projection)
    {
        if (!part.Judges.TryGetValue(name, out EscalationPart.JudgePart? judge))
            return null;
        string field = $"judges.{name}";
        fields.Present(field, judge);
        fields.Growing($"{field}.checkpoints", judge.Checkpoints);
        if (judge.Query && projection is null)
            throw fields.Wrong($"{field}.query", $"is true, but {PolicyFolder.TensorsName} has no projection of the query");
        JudgeRecord record = new(
            Signals(field, judge),
            judge.Cluster ? policy.Statistics.Clusters.Count : 0,
            judge.Query ? projection!.Dimensions : 0,
            judge.Text ? Text(field) : null,
            judge.Checkpoints,
            [.. judge.Own.Select((head, k) => Head($"{field}.own.{k}", head))],
            [.. judge.Target.Select((head, k) => Head($"{field}.target.{k}", head))]);
        if (record.Own.Count != record.Checkpoints.Count + 1 || record.Target.Count != record.Own.Count || record.Own[^1] is null)
            throw fields.Wrong(field, "needs a head, or null, per checkpoint and at the end, where the own one is there");
        string prefix = EscalationPartWriter.JudgePrefix(member);
        return Build(prefix, () => MemberJudge.Read(record, tensors, prefix));
    }

    private SignalSet Signals(string judge, EscalationPart.JudgePart part)
    {
        if (part.SignalSet is not { } set)
            return part.Signals ? SignalSet.Full : SignalSet.None;
        return part.Signals
            ? fields.Term($"{judge}.signal_set", set, PolicyTerms.Of, SignalSet.Confidence, SignalSet.LogProbability)
            : throw fields.Wrong($"{judge}.signal_set", "is there, but signals is false");
    }

    private ITextFeatures Text(string judge)
    {
        string name = part.TextReader ?? TextFeatureSets.Unnamed;
        ITextFeatures set = sets.Find(name)
            ?? throw fields.Wrong("text_reader", $"is '{name}', but must be {string.Join(" or ", sets.Names)}");
        if (part.TextFeatures is null)
            throw fields.Wrong("text_features", $"is missing, but {judge}.text is true");
        return part.TextFeatures.SequenceEqual(set.Features) ? set : throw fields.Wrong(
            "text_features", $"are not those that '{name}' reads from an answer; the policy has to be fitted again");
    }

    private HeadRecord? Head(string field, EscalationPart.HeadPart? head) => head is null ? null : new(
        head.Features,
        head.Hidden,
        fields.Term($"{field}.calibration", head.Calibration, PolicyTerms.Of, CalibrationKind.Platt, CalibrationKind.Isotonic));

    private T Build<T>(string prefix, Func<T> build)
    {
        try
        {
            return build();
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException)
        {
            throw new PolicyException(tensorsFile, $"{prefix}*", e.Message, e);
        }
    }
}
