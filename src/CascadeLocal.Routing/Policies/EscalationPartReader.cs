using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Policies;

/// <summary>Checks Stage 2 of a parsed policy.json, and turns it into that of a policy.</summary>
/// <param name="file">policy.json, for messages.</param>
/// <param name="tensorsFile">policy.safetensors, for messages.</param>
/// <param name="part">What the file holds.</param>
/// <param name="policy">The rest of the policy.</param>
/// <param name="sets">What may be read from the text.</param>
internal sealed class EscalationPartReader(string file, string tensorsFile, EscalationPart part, Policy policy, TextFeatureSets sets)
{
    // Gains lie within -1 and 1: beyond this a threshold, or what is added to one, changes nothing.
    private const double MostThreshold = 1e6;
    private const double MostTime = 1e12;

    private readonly PolicyFields _fields = new(file, "escalation.");
    private readonly string[] _members = [.. policy.Members.Select(m => m.Name)];

    /// <param name="tensors">Those of Stage 2, by name; all numbers are finite.</param>
    /// <exception cref="PolicyException">A field or a tensor is wrong.</exception>
    public EscalationPolicy Read(IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        JudgePartReader reader = new(_fields, tensorsFile, part, policy, tensors, sets);
        QueryProjection? projection = reader.Projection();
        MemberJudge?[] judges = [.. _members.Select((name, m) => reader.Judge(name, m, projection))];
        int target = _fields.Member("target", part.Target, _members);
        CheckNames();
        EscalationPolicy read = new()
        {
            Target = target,
            Projection = projection,
            Judges = judges,
            Actions = [.. policy.Statistics.Clusters.Select((cluster, c) => Action(cluster.Name, policy.Assignment[c], target, judges))],
            Agreements = Agreements(judges),
            EarlyRules = [.. _members.Select((name, m) => Rule(name, judges[m]))],
            AcceptedShares = [.. _members.Select(name => part.AcceptedShares.TryGetValue(name, out double share)
                ? _fields.Number($"accepted_shares.{name}", share, 0, 1)
                : (double?)null)],
            Guarantee = part.Guarantee is { } guarantee ? Promise(guarantee) : null,
            Expected = part.Expected is { } expected ? Expected(expected) : null,
        };
        CheckTensors(read, tensors);
        return read;
    }

    private void CheckNames()
    {
        foreach (string name in part.Judges.Keys)
            _fields.Member($"judges.{name}", name, _members);
        foreach (string name in part.EarlyRules.Keys)
            _fields.Member($"early_rules.{name}", name, _members);
        foreach (string name in part.AcceptedShares.Keys)
            _fields.Member($"accepted_shares.{name}", name, _members);
        if (part.Actions.Keys.FirstOrDefault(name => policy.Statistics.Clusters.All(c => c.Name != name)) is { } cluster)
            throw _fields.Wrong($"actions.{cluster}", $"cluster_sizes has no cluster '{cluster}'");
    }

    private CascadeAction Action(string cluster, int start, int target, MemberJudge?[] judges)
    {
        string field = $"actions.{cluster}";
        if (!part.Actions.TryGetValue(cluster, out EscalationPart.ActionPart? action))
            throw _fields.Wrong(field, "is missing");
        _fields.Present(field, action);
        int[] path = [.. action.Path.Select(name => _fields.Member($"{field}.path", name, _members))];
        if (path.Length == 0 || path.Distinct().Count() < path.Length)
            throw _fields.Wrong($"{field}.path", "must name one model at least, and none twice");
        if (action.Thresholds.Count != path.Length - 1)
            throw _fields.Wrong($"{field}.thresholds", $"are {action.Thresholds.Count}, but every model of the path but the last needs one");
        if (path[0] != start)
            throw _fields.Wrong($"{field}.path", $"begins with '{_members[path[0]]}', but the assignment is '{_members[start]}'");
        if (path.Length > 1 && path[^1] != target)
            throw _fields.Wrong($"{field}.path", $"ends with '{_members[path[^1]]}', but the target is '{_members[target]}'");
        if (path[..^1].Where(m => judges[m] is null).Select(m => _members[m]).FirstOrDefault() is { } unjudged)
            throw _fields.Wrong($"{field}.path", $"goes on after '{unjudged}', but judges has none of its answers");
        return new(path, [.. action.Thresholds.Select((t, i) => Threshold($"{field}.thresholds.{i}", t, double.PositiveInfinity))]);
    }

    private Dictionary<(int Member, int Earlier), Agreement> Agreements(MemberJudge?[] judges)
    {
        Dictionary<(int Member, int Earlier), Agreement> read = [];
        foreach ((string name, OrderedDictionary<string, EscalationPart.AgreementPart> byEarlier) in part.Agreements ?? [])
        {
            int member = Judged($"agreements.{name}", name);
            foreach ((string before, EscalationPart.AgreementPart agreement) in _fields.Present($"agreements.{name}", byEarlier))
            {
                string field = $"agreements.{name}.{before}";
                _fields.Present(field, agreement);
                int earlier = Judged(field, before);
                if (earlier == member)
                    throw _fields.Wrong(field, "is of a model and itself");
                read.Add((member, earlier), new(Head($"{field}.own", agreement.Own), agreement.Target is { } target ? Head($"{field}.target", target) : null));
            }
        }

        return read;

        int Judged(string field, string name)
        {
            int member = _fields.Member(field, name, _members);
            return judges[member] is not null ? member : throw _fields.Wrong(field, $"is of '{name}', but judges has none of its answers");
        }

        AgreementHead Head(string field, IReadOnlyList<double> weights) => weights.Count == AgreementHead.Inputs
            ? new([.. weights.Select((weight, i) => _fields.Number($"{field}.{i}", weight, -MostThreshold, MostThreshold))])
            : throw _fields.Wrong(field, $"has {weights.Count} weights, but must have {AgreementHead.Inputs}");
    }

    private EarlyRule Rule(string name, MemberJudge? judge)
    {
        if (!part.EarlyRules.TryGetValue(name, out EscalationPart.EarlyRulePart? rule))
            return EarlyRule.None;
        string field = $"early_rules.{name}";
        _fields.Present(field, rule);
        _fields.Growing($"{field}.checkpoints", rule.Checkpoints);
        if (rule.Checkpoints.Except(judge?.Checkpoints ?? []).Any())
            throw _fields.Wrong($"{field}.checkpoints", "has one at which nothing judges");
        double[] accept = [.. rule.Accept.Select((t, i) => Threshold($"{field}.accept.{i}", t, double.NegativeInfinity))];
        double[] reject = [.. rule.Reject.Select((t, i) => Threshold($"{field}.reject.{i}", t, double.PositiveInfinity))];
        try
        {
            return new(rule.Checkpoints, accept, reject);
        }
        catch (ArgumentException e)
        {
            throw _fields.Wrong(field, e.Message, e);
        }
    }

    private Guarantee Promise(EscalationPart.GuaranteePart guarantee)
    {
        if (guarantee.Keep is not (> 0 and <= 1))
            throw _fields.Wrong("guarantee.keep", "must be above 0 and at most 1");
        if (guarantee.Delta is not (> 0 and < 1))
            throw _fields.Wrong("guarantee.delta", "must be above 0 and below 1");
        return new(
            _fields.Term("guarantee.kind", guarantee.Kind, PolicyTerms.Of, GuaranteeKind.Confidence, GuaranteeKind.Mean, GuaranteeKind.None),
            guarantee.Keep,
            guarantee.Delta);
    }

    private PolicyExpectation Expected(EscalationPart.ExpectedPart expected) => new(
        (int)_fields.Number("expected.questions", expected.Questions, 0, int.MaxValue),
        _fields.Number("expected.accuracy", expected.Accuracy, 0, 1),
        _fields.Number("expected.strongest_accuracy", expected.StrongestAccuracy, 0, 1),
        expected.TpotMs is { } tpot ? _fields.Number("expected.tpot_ms", tpot, 0, MostTime) : null,
        expected.E2elMs is { } e2el ? _fields.Number("expected.e2el_ms", e2el, 0, MostTime) : null,
        _fields.Number("expected.escalation_rate", expected.EscalationRate, 0, 1),
        expected.AcceptProbability is { } accept ? _fields.Number("expected.accept_probability", accept, 0, 1) : null)
    {
        Cost = expected.Cost is { } cost ? _fields.Number("expected.cost", cost, 0, MostTime) : null,
    };

    private double Threshold(string field, double? value, double nothing) =>
        value is { } number ? _fields.Number(field, number, -MostThreshold, MostThreshold) : nothing;

    // Written again, the policy has to give these tensors and no others.
    private void CheckTensors(EscalationPolicy read, IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        Dictionary<string, NamedTensor> expected = EscalationPartWriter.Tensors(read).ToDictionary(t => t.Name);
        foreach (NamedTensor tensor in tensors.Values)
        {
            if (!expected.TryGetValue(tensor.Name, out NamedTensor? known))
                throw new PolicyException(tensorsFile, tensor.Name, "is no tensor of this policy");
            if (!known.Shape.SequenceEqual(tensor.Shape))
                throw new PolicyException(tensorsFile, tensor.Name, $"is {string.Join(" × ", tensor.Shape)}, but must be {string.Join(" × ", known.Shape)}");
        }
    }
}
