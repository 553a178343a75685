using CascadeLocal.Routing.Tensors;

namespace CascadeLocal.Routing.Judging;

/// <summary>
/// Judges the answers of one gated model: how likely it is right, and how likely the target would be. Heads at checkpoints see
/// prefixes, the last ones the whole answer. Allocates nothing; safe for several threads.
/// </summary>
public sealed class MemberJudge
{
    private readonly int[] _checkpoints;
    private readonly Head?[] _own;
    private readonly Head?[] _target;

    /// <param name="layout">The features that the heads take.</param>
    /// <param name="checkpoints">Growing numbers of tokens at which prefixes are judged.</param>
    /// <param name="own">One per checkpoint and that at the end, which is there; null where a prefix could not be learnt.</param>
    /// <param name="target">The same of the target's chance; null where it is taken for always right.</param>
    internal MemberJudge(FeatureLayout layout, IReadOnlyList<int> checkpoints, IReadOnlyList<Head?> own, IReadOnlyList<Head?> target)
    {
        (Layout, _checkpoints, _own, _target) = (layout, [.. checkpoints], [.. own], [.. target]);
        if (_own.Length != _checkpoints.Length + 1 || _target.Length != _own.Length || _own[^1] is null)
            throw new ArgumentException("there is a head per checkpoint, and one at the end");
        if (_own.Concat(_target).Any(h => h is not null && h.Features != layout.Count))
            throw new ArgumentException($"the heads do not take the {layout.Count} features of the layout");
    }

    /// <summary>The features that the heads take.</summary>
    public FeatureLayout Layout { get; }

    /// <summary>The numbers of tokens at which prefixes are judged.</summary>
    public IReadOnlyList<int> Checkpoints => _checkpoints;

    /// <summary>The index of the end, for <see cref="Gain"/> and <see cref="OwnProbability"/>.</summary>
    public int End => _checkpoints.Length;

    /// <summary>The chance that the answer is right; NaN where nothing judges.</summary>
    /// <param name="checkpoint">Index into <see cref="Checkpoints"/>, or <see cref="End"/>.</param>
    /// <param name="features">Of the answer so far.</param>
    public double OwnProbability(int checkpoint, ReadOnlySpan<float> features) => _own[checkpoint]?.Probability(features) ?? double.NaN;

    /// <summary>The log-odds that the answer is right, before calibration; NaN where nothing judges.</summary>
    /// <inheritdoc cref="OwnProbability" path="/param"/>
    public double OwnScore(int checkpoint, ReadOnlySpan<float> features) => _own[checkpoint]?.Score(features) ?? double.NaN;

    /// <summary>
    /// By how much the target is more likely right, −1..1; NaN where nothing judges. What is above τ is escalated.
    /// </summary>
    /// <param name="checkpoint">Index into <see cref="Checkpoints"/>, or <see cref="End"/>.</param>
    /// <param name="features">Of the answer so far.</param>
    public double Gain(int checkpoint, ReadOnlySpan<float> features) =>
        (_target[checkpoint]?.Probability(features) ?? 1) - OwnProbability(checkpoint, features);

    /// <summary>This judge with the chances that answers are right moved, at checkpoints as at the end; those of the target stay.</summary>
    public MemberJudge WithOwnMoved(LogOddsShift shift) => new(Layout, _checkpoints, [.. _own.Select(h => h?.Moved(shift))], _target);

    /// <summary>What <see cref="Read"/> needs beside the tensors.</summary>
    public JudgeRecord ToRecord() => new(
        Layout.Signals,
        Layout.Clusters,
        Layout.QueryDimensions,
        Layout.Text,
        _checkpoints,
        [.. _own.Select(h => h?.ToRecord())],
        [.. _target.Select(h => h?.ToRecord())]);

    /// <summary>The numbers of all heads, under names that begin with <paramref name="prefix"/>.</summary>
    internal IEnumerable<NamedTensor> ToTensors(string prefix) => Enumerable.Range(0, _own.Length).SelectMany(k => (IEnumerable<NamedTensor>)
    [
        .. _own[k]?.ToTensors($"{prefix}own.{k}.") ?? [],
        .. _target[k]?.ToTensors($"{prefix}target.{k}.") ?? [],
    ]);

    /// <summary>Reads what <see cref="ToTensors"/> gave.</summary>
    /// <exception cref="KeyNotFoundException">A tensor is missing.</exception>
    /// <exception cref="ArgumentException">Record and tensors do not fit together.</exception>
    internal static MemberJudge Read(JudgeRecord record, IReadOnlyDictionary<string, NamedTensor> tensors, string prefix) => new(
        new(record.Signals, record.Clusters, record.QueryDimensions, record.Text),
        record.Checkpoints,
        [.. record.Own.Select((h, k) => h is null ? null : Head.Read(h, tensors, $"{prefix}own.{k}."))],
        [.. record.Target.Select((h, k) => h is null ? null : Head.Read(h, tensors, $"{prefix}target.{k}."))]);
}

/// <summary>The shape of a <see cref="MemberJudge"/>, for a policy's file.</summary>
/// <param name="Signals">Of its layout.</param>
/// <param name="Clusters">Of its layout.</param>
/// <param name="QueryDimensions">Of its layout.</param>
/// <param name="Text">Of its layout.</param>
/// <param name="Checkpoints">The numbers of tokens at which prefixes are judged.</param>
/// <param name="Own">The heads of its own chance; null where there is none.</param>
/// <param name="Target">The heads of the target's chance; null where there is none.</param>
public sealed record JudgeRecord(
    SignalSet Signals,
    int Clusters,
    int QueryDimensions,
    ITextFeatures? Text,
    IReadOnlyList<int> Checkpoints,
    IReadOnlyList<HeadRecord?> Own,
    IReadOnlyList<HeadRecord?> Target);

/// <summary>
/// Gathers one answer token by token and gives its features, at any token and at the end: the one way from an answer to what
/// a head sees, for fitting and for serving. Not for several threads at once.
/// </summary>
/// <param name="layout">Which features are wanted.</param>
/// <param name="question">The query's text.</param>
/// <param name="cluster">The query's cluster.</param>
/// <param name="query">The query's reduced embedding, of the layout's length.</param>
public sealed class AnswerReader(FeatureLayout layout, string question, int cluster, ReadOnlyMemory<float> query)
{
    private readonly AnswerSignals _signals = new();
    private int _length;
    private ITextReader? _reader;

    /// <summary>The features that are given.</summary>
    public FeatureLayout Layout => layout;

    /// <summary>How many tokens there are so far.</summary>
    public int Tokens => _signals.Tokens;

    /// <summary>Takes the next token.</summary>
    /// <param name="logProbability">Of the token, at most 0.</param>
    /// <param name="entropy">Of its distribution, in nats.</param>
    /// <param name="margin">Log-probability of the best candidate less that of the second.</param>
    /// <param name="answer">All text of the answer so far, what the token released included.</param>
    public void Add(float logProbability, float entropy, float margin, ReadOnlySpan<char> answer)
    {
        _signals.Add(logProbability, entropy, margin);
        AddText(answer);
    }

    /// <summary>The features of the answer so far.</summary>
    /// <param name="end">How it ended, if it has.</param>
    /// <param name="answer">All of its text.</param>
    public float[] Features(AnswerEnd end, ReadOnlySpan<char> answer)
    {
        AddText(answer);
        _reader ??= layout.Text?.ReaderOf(question);
        ReadOnlySpan<float> text = _reader is null ? [] : _reader.Read(answer.ToString());
        float[] features = new float[layout.Count];
        layout.Write(_signals, end, cluster, query.Span, text, features);
        return features;
    }

    private void AddText(ReadOnlySpan<char> answer)
    {
        _signals.AddText(answer[_length..]);
        _length = answer.Length;
    }
}
