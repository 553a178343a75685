using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Tensors;
using CascadeLocal.Routing.Tests.Judging;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>Heads on made-up answers whose chance to be right is known.</summary>
public sealed class HeadTests
{
    private static readonly FeatureLayout Layout = new(SignalSet.None, 0, 2, new NamedFeatures("noise", "never varies"));

    [Fact]
    public void A_head_ranks_as_well_as_the_true_chance_and_is_calibrated()
    {
        (HeadRows rows, double[] truth) = Answers(1500, (x, y) => 3 * x - y);
        TrainedHead trained = HeadTrainer.Train(rows, new());
        double best = Ranking.Auroc(truth, [.. rows.Labels])!.Value;
        Assert.InRange(trained.Report!.Auroc!.Value, best - 0.02, 1);
        Assert.InRange(trained.Report.ErrorAfter!.Value, 0, 0.05);
        Assert.Equal(CalibrationKind.Isotonic, trained.Head!.Calibration.Kind);
        Assert.Equal(0.9, trained.OutOfFold.Zip(truth, (p, t) => Math.Abs(p - t) < 0.2 ? 1.0 : 0).Average(), 0.1);
    }

    [Fact]
    public void Hidden_units_find_what_no_weighted_sum_can()
    {
        (HeadRows rows, _) = Answers(1500, (x, y) => 6 * x * y);
        Assert.InRange(HeadTrainer.Train(rows, new() { Hidden = 0 }).Report!.Auroc!.Value, 0.4, 0.65);
        Assert.InRange(HeadTrainer.Train(rows, new() { Hidden = 8, Patience = 200 }).Report!.Auroc!.Value, 0.8, 1);
    }

    [Fact]
    public void Hidden_units_are_taken_where_a_weighted_sum_does_not_do()
    {
        (HeadRows product, _) = Answers(1500, (x, y) => 6 * x * y);
        Assert.Equal(8, HeadTrainer.Choose(product, new() { Patience = 200 }).Hidden);
        (HeadRows sum, _) = Answers(1500, (x, y) => 3 * x - y);
        Assert.Equal(0, HeadTrainer.Choose(sum, new()).Hidden);
    }

    [Fact]
    public void Labels_that_are_noise_are_not_ranked_out_of_fold()
    {
        (HeadRows rows, _) = Answers(600, (_, _) => 0);
        Assert.InRange(HeadTrainer.Train(rows, new()).Report!.Auroc!.Value, 0.4, 0.6);
    }

    [Fact]
    public void The_managed_head_gives_what_training_saw_and_equal_seeds_give_equal_heads()
    {
        (HeadRows rows, _) = Answers(300, (x, y) => 2 * x + y);
        TrainedHead first = HeadTrainer.Train(rows, new() { Seed = 3 });
        TrainedHead second = HeadTrainer.Train(rows, new() { Seed = 3 });
        Assert.Equal(first.OutOfFoldScores, second.OutOfFoldScores);
        double[] scores = [.. Enumerable.Range(0, rows.Count).Select(i => first.Head!.Score(rows[i]))];
        Assert.Equal(scores, Enumerable.Range(0, rows.Count).Select(i => second.Head!.Score(rows[i])));
        // The head on all rows is close to those that left out a fifth, and is no copy of them.
        double distance = scores.Zip(first.OutOfFoldScores, (a, b) => Math.Abs(a - b)).Average();
        Assert.InRange(distance, 1e-6, 0.5);
    }

    [Theory]
    [InlineData(0, HeadInputs.Confidence)]
    [InlineData(2, HeadInputs.Text)]
    public void A_head_sees_more_only_where_that_is_better_beyond_chance(double weightOfText, HeadInputs chosen)
    {
        // A confidence that tells much, a text that tells as much as is said, and a query that tells nothing.
        FeatureLayout layout = new(SignalSet.Confidence, 0, 12, new NamedFeatures("checks"));
        Random random = new(4);
        const int Count = 400;
        float[] features = new float[Count * layout.Count];
        double[] labels = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            Span<float> row = features.AsSpan(i * layout.Count, layout.Count);
            foreach (ref float value in row)
                value = (float)(random.NextDouble() - 0.5);
            row[0] = (float)(4 * random.NextDouble()) - 4;
            labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(-2 * (row[0] + 2) - 3 * weightOfText * row[^1])) ? 1 : 0;
        }

        TrainedHead head = HeadTrainer.Choose(new(layout, features, labels, [.. Enumerable.Range(0, Count)]), new());

        Assert.Equal((chosen, 0), (head.Inputs, head.Hidden));
        // What sees nothing but the confidence ranks as the confidence does.
        if (chosen == HeadInputs.Confidence)
            Assert.Equal(Ranking.Auroc([.. Enumerable.Range(0, Count).Select(i => (double)features[i * layout.Count])], labels)!.Value, head.Report!.Auroc!.Value, 0.01);
    }

    [Fact]
    public void A_curve_that_would_make_it_worse_is_left_out()
    {
        bool[] calibrated = [.. Enumerable.Range(0, 12).Select(seed =>
        {
            (HeadRows rows, _) = Answers(120, (x, y) => 3 * x - y);
            TrainedHead head = HeadTrainer.Train(rows, new() { Seed = (ulong)seed, Ridge = 1 });
            Assert.True(head.Report!.ErrorAfter <= head.Report.ErrorBefore);
            Assert.Equal(head.IsCalibrated, head.Head!.Probability(rows[0]) != 1 / (1 + Math.Exp(-(double)head.Head.Score(rows[0]))));
            return head.IsCalibrated;
        })];
        Assert.Contains(false, calibrated);
    }

    [Theory]
    [InlineData(499, CalibrationKind.Platt)]
    [InlineData(560, CalibrationKind.Isotonic)]
    public void Scores_out_of_fold_are_calibrated_by_the_family_that_serves(int count, CalibrationKind kind)
    {
        (HeadRows rows, _) = Answers(count, (x, y) => 3 * x - y);
        HeadOptions options = new() { Ridge = 0.1 };
        TrainedHead head = HeadTrainer.Train(rows, options);
        Assert.Equal((true, kind), (head.IsCalibrated, head.Head!.Calibration.Kind));
        int[] folds = Folds.Of(rows.Units, rows.Labels, options.Folds, options.Seed);
        int[] others = [.. Enumerable.Range(0, count).Where(i => folds[i] != 0)];
        double[] scores = [.. others.Select(i => head.OutOfFoldScores[i])];
        double[] labels = [.. others.Select(i => rows.Labels[i])];
        ScoreCalibration curve = kind == CalibrationKind.Platt ? CalibrationFit.Platt(scores, labels) : CalibrationFit.Isotonic(scores, labels);
        foreach (int i in Enumerable.Range(0, count).Except(others))
            Assert.Equal(curve.Apply(head.OutOfFoldScores[i]), head.OutOfFold[i]);
    }

    [Fact]
    public void Half_right_answers_are_allowed()
    {
        (HeadRows whole, double[] truth) = Answers(400, (x, _) => 4 * x);
        HeadRows soft = new(Layout, Enumerable.Range(0, whole.Count).SelectMany(i => whole[i].ToArray()).ToArray(), truth, [.. whole.Units]);
        TrainedHead trained = HeadTrainer.Train(soft, new());
        Assert.InRange(trained.OutOfFold.Zip(truth, (p, t) => Math.Abs(p - t)).Average(), 0, 0.06);
    }

    [Fact]
    public void The_features_of_a_question_never_judge_it()
    {
        // Each question is twice in the rows under a mark of its own; only a head that saw one of them could know the other.
        Random random = new(5);
        const int Questions = 400;
        FeatureLayout marks = new(SignalSet.None, Questions, 0);
        int[] units = [.. Enumerable.Range(0, 2 * Questions).Select(i => i / 2)];
        double[] labels = [.. Enumerable.Range(0, Questions).Select(_ => (double)random.Next(2)).SelectMany(l => new[] { l, l })];
        AnswerSignals signals = new();
        float[] features = new float[units.Length * marks.Count];
        for (int i = 0; i < units.Length; i++)
            marks.Write(signals, AnswerEnd.Stop, units[i], [], [], features.AsSpan(i * marks.Count, marks.Count));
        double auroc = HeadTrainer.Train(new(marks, features, labels, units), new()).Report!.Auroc!.Value;
        Assert.InRange(auroc, 0.4, 0.58);
    }

    [Theory]
    [InlineData(0, "40 are missing")]
    [InlineData(20, "20 are missing")]
    [InlineData(39, "1 are missing")]
    public void Too_few_questions_give_no_head_and_say_how_many_are_missing(int questions, string says)
    {
        (HeadRows rows, _) = Answers(questions, (x, _) => x);
        TrainedHead trained = HeadTrainer.Train(rows, new());
        Assert.Null(trained.Head);
        Assert.Contains(says, trained.Notice, StringComparison.Ordinal);
        Assert.Equal(questions, trained.OutOfFold.Count);
    }

    [Fact]
    public void One_class_gives_no_head()
    {
        (HeadRows rows, _) = Answers(100, (_, _) => 1000);
        Assert.Contains("0 of 100 answers are wrong", HeadTrainer.Train(rows, new()).Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_that_is_written_and_read_is_the_same()
    {
        foreach (int questions in new[] { 120, 600 })
        {
            (HeadRows rows, _) = Answers(questions, (x, y) => x - 2 * y);
            Head head = HeadTrainer.Train(rows, new()).Head!;
            Dictionary<string, NamedTensor> tensors = head.ToTensors("head.").ToDictionary(t => t.Name);
            Head read = Head.Read(head.ToRecord(), tensors, "head.");
            for (int i = 0; i < rows.Count; i++)
                Assert.Equal(head.Probability(rows[i]), read.Probability(rows[i]), 1e-6);
            Assert.Throws<ArgumentException>(() => Head.Read(head.ToRecord() with { Hidden = 99 }, tensors, "head."));
            tensors.Remove("head.scale");
            Assert.Throws<KeyNotFoundException>(() => Head.Read(head.ToRecord(), tensors, "head."));
        }
    }

    [Fact]
    public void A_group_that_is_left_out_changes_nothing_in_the_verdict()
    {
        (HeadRows rows, _) = Answers(300, (x, y) => 2 * x + y);
        Head head = HeadTrainer.Train(rows, new() { Without = new HashSet<FeatureGroup> { FeatureGroup.Query } }).Head!;
        float[] features = rows[0].ToArray();
        double before = head.Score(features);
        features[Layout.Names.ToList().IndexOf("query_0")] += 5;
        Assert.Equal(before, head.Score(features));
    }

    [Fact]
    public void A_verdict_allocates_nothing_and_takes_unknown_values_for_the_mean()
    {
        (HeadRows rows, _) = Answers(600, (x, y) => 2 * x + y);
        Head head = HeadTrainer.Train(rows, new()).Head!;
        float[] features = rows[0].ToArray();
        double sum = head.Probability(features);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            sum += head.Probability(features);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        features.AsSpan().Fill(float.NaN);
        Assert.InRange(head.Probability(features) + 0 * sum, 0.3, 0.7);
    }

    // Points of the unit square's middle, with the log-odds that the function gives.
    private static (HeadRows Rows, double[] Truth) Answers(int count, Func<double, double, double> logOdds)
    {
        Random random = new(7);
        AnswerSignals signals = new();
        float[] features = new float[count * Layout.Count];
        double[] truth = new double[count];
        double[] labels = new double[count];
        for (int i = 0; i < count; i++)
        {
            (double x, double y) = (random.NextDouble() * 2 - 1, random.NextDouble() * 2 - 1);
            Layout.Write(
                signals, AnswerEnd.Stop, 0, [(float)x, (float)y], [(float)random.NextDouble(), 3], features.AsSpan(i * Layout.Count, Layout.Count));
            truth[i] = 1 / (1 + Math.Exp(-logOdds(x, y)));
            labels[i] = random.NextDouble() < truth[i] ? 1 : 0;
        }

        return (new(Layout, features, labels, [.. Enumerable.Range(0, count)]), truth);
    }
}
