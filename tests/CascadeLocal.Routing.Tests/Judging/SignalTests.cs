using CascadeLocal.Routing.Judging;

using CsCheck;

using Xunit;

namespace CascadeLocal.Routing.Tests.Judging;

public sealed class SignalTests
{
    private static readonly float[] Shares = [0.1f, 0.25f, 0.5f, 0.75f, 0.9f];

    private static Gen<float> Magnitude { get; } = Gen.OneOf(Gen.Float[0, 0.001f], Gen.Float[0, 1], Gen.Float[0, 60], Gen.Const(0f));

    [Fact]
    public void Quantiles_are_within_the_stated_error_of_the_exact_ones() => Magnitude.Array[1, 300].Sample(values =>
    {
        SignalHistogram histogram = new();
        foreach (float value in values)
            histogram.Add(value);
        float[] quantiles = new float[Shares.Length];
        histogram.Quantiles(Shares, values.Length, quantiles);
        float[] sorted = [.. values.Order()];
        for (int i = 0; i < Shares.Length; i++)
        {
            float exact = sorted[Math.Max((int)MathF.Ceiling(Shares[i] * values.Length), 1) - 1];
            Assert.InRange(quantiles[i], exact * (1 - 0.036f) - 1.3e-4f, exact * (1 + 0.036f) + 1.3e-4f);
        }
    });

    [Fact]
    public void Features_of_a_prefix_are_those_of_an_answer_that_ends_there() => Gen.Select(
        Gen.Select(Magnitude, Magnitude, Magnitude).Array[1, 60], Gen.Int[0, 59]).Sample((tokens, at) =>
    {
        int prefix = Math.Min(at, tokens.Length);
        FeatureLayout layout = new(SignalSet.Full, 3, 2, new NamedFeatures("checks"));
        AnswerSignals running = new();
        float[] during = new float[layout.Count];
        for (int i = 0; i <= tokens.Length; i++)
        {
            if (i == prefix)
                Write(running, during);
            if (i < tokens.Length)
                running.Add(-tokens[i].Item1, tokens[i].Item2, tokens[i].Item3);
        }

        running = new();
        foreach ((float p, float e, float m) in tokens.Take(prefix))
            running.Add(-p, e, m);
        float[] alone = new float[layout.Count];
        Write(running, alone);
        Assert.Equal(alone, during);

        void Write(AnswerSignals signals, float[] features) =>
            layout.Write(signals, AnswerEnd.Running, 1, [0.5f, -0.5f], [1], features);
    });

    [Fact]
    public void Every_feature_has_a_name_of_its_own_and_lies_where_its_name_says()
    {
        FeatureLayout layout = new(SignalSet.Full, 3, 2, new NamedFeatures("checks"));
        Assert.Equal(layout.Count, layout.Names.Distinct().Count());
        AnswerSignals signals = new();
        signals.Add(-1, 2, 3);
        signals.Add(-0.5f, 4, 1);
        signals.AddText("loop loop loop loop loop loop loop loop");
        float[] features = new float[layout.Count];
        layout.Write(signals, AnswerEnd.Length, 2, [7, 8], [9], features);
        float Of(string name) => features[layout.Names.ToList().IndexOf(name)];

        Assert.Equal(0.75f, Of("log_probability_mean"));
        Assert.Equal(2, Of("entropy_min"));
        Assert.Equal(3, Of("margin_max"));
        Assert.Equal(3, Of("margin_first"));
        Assert.Equal(1, Of("margin_last"));
        Assert.Equal(2, Of("tokens"));
        Assert.Equal((0, 1), (Of("stopped"), Of("cut")));
        Assert.InRange(Of("repetition"), 0.8f, 1);
        Assert.Equal((0, 0, 1), (Of("cluster_0"), Of("cluster_1"), Of("cluster_2")));
        Assert.Equal((7, 8, 9), (Of("query_0"), Of("query_1"), Of("checks")));
        Assert.Equal(FeatureGroup.Text, layout.Groups[^1]);
    }

    [Fact]
    public void Repetition_does_not_depend_on_how_the_text_is_cut() => Gen.Select(
        Gen.Char["ab "].Array[0, 200], Gen.Int[1, 9]).Sample((text, piece) =>
    {
        RepetitionMeter whole = new();
        whole.Add(text);
        RepetitionMeter pieces = new();
        foreach (char[] part in text.Chunk(piece))
            pieces.Add(part);
        Assert.Equal(whole.Share, pieces.Share);

        HashSet<string> seen = [];
        int repeated = Enumerable.Range(0, Math.Max(0, text.Length - 11)).Count(i => !seen.Add(new(text, i, 12)));
        // Windows that differ share both bits less than once in a hundred such texts, and nearly never twice in one.
        int windows = Math.Max(1, text.Length - 11);
        Assert.InRange(whole.Share * windows, repeated - 0.01f, repeated + 1.01f);
    });

    [Fact]
    public void Values_that_are_no_numbers_give_features_that_are()
    {
        FeatureLayout layout = new(SignalSet.Full, 0, 0);
        AnswerSignals signals = new();
        signals.Add(float.NegativeInfinity, float.NaN, float.PositiveInfinity);
        float[] features = new float[layout.Count];
        layout.Write(signals, AnswerEnd.Stop, 0, [], [], features);
        Assert.All(features, f => Assert.True(float.IsFinite(f)));
    }

    [Fact]
    public void A_layout_without_signals_says_so_and_refuses_what_does_not_fit()
    {
        FeatureLayout layout = new(SignalSet.None, 2, 0);
        Assert.Contains("no token signals", layout.Notice, StringComparison.Ordinal);
        AnswerSignals signals = new();
        for (int token = 0; token < 12; token++)
            signals.Add(float.NaN, float.NaN, float.NaN);
        float[] features = new float[layout.Count];
        layout.Write(signals, AnswerEnd.Stop, 1, [], [], features);
        Assert.Equal(12, features[1]);
        Assert.Throws<ArgumentException>(() => layout.Write(signals, AnswerEnd.Stop, 2, [], [], features));
        Assert.Throws<ArgumentException>(() => layout.Write(signals, AnswerEnd.Stop, 1, [1], [], features));
    }

    [Fact]
    public void Judging_a_token_allocates_nothing()
    {
        FeatureLayout layout = new(SignalSet.Full, 3, 2);
        AnswerSignals signals = new();
        float[] query = [1, 2];
        float[] features = new float[layout.Count];
        for (int i = 0; i < 50; i++)
            Step(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Step(i);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Step(int i)
        {
            signals.Add(-i * 0.01f, 1, 2);
            signals.AddText("word ");
            layout.Write(signals, AnswerEnd.Running, 1, query, [], features);
        }
    }
}
