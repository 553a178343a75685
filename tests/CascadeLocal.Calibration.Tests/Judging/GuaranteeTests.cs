using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

public sealed class GuaranteeTests
{
    private const int Draws = 2000;

    [Theory]
    [InlineData(0, 299)]
    [InlineData(1, 473)]
    [InlineData(5, 1049)]
    [InlineData(20, 2902)]
    public void Keeping_99_percent_with_confidence_needs_so_many_labels(int losses, int labels) =>
        Assert.Equal(labels, new Guarantee(GuaranteeKind.Confidence, 0.99).LabelsNeeded(losses));

    [Fact]
    public void Keeping_99_percent_in_the_mean_needs_99_labels() =>
        Assert.Equal(99, new Guarantee(GuaranteeKind.Mean, 0.99).LabelsNeeded(0));

    [Fact]
    public void The_bound_is_the_rate_at_which_so_few_events_have_probability_delta() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Double[0, 1], Gen.Double[0.001, 0.5]).Sample((trials, share, delta) =>
        {
            int events = (int)(share * (trials - 1));
            double bound = ClopperPearson.Upper(events, trials, delta);
            Assert.Equal(delta, Tail(events, trials, bound), 1e-6);
        });

    [Fact]
    public void Without_losses_the_bound_has_a_closed_form_and_all_losses_bound_nothing()
    {
        Assert.Equal(1 - Math.Pow(0.05, 1.0 / 500), ClopperPearson.Upper(0, 500, 0.05), 1e-12);
        Assert.Equal(1, ClopperPearson.Upper(7, 7, 0.05));
        Assert.Equal(1, ClopperPearson.Upper(0, 0, 0.05));
    }

    [Fact]
    public void The_most_losses_are_those_that_counting_up_finds() => Gen.Select(
        Gen.Enum<GuaranteeKind>(), Gen.Double[0.5, 1], Gen.Double[0.001, 0.5], Gen.Int[0, 400]).Sample((kind, keep, delta, questions) =>
    {
        Guarantee guarantee = new(kind, keep, delta);
        int most = -1;
        while (most < questions && guarantee.Holds(most + 1, questions))
            most++;
        Assert.Equal(most, guarantee.MostLosses(questions));
    }, iter: 500);

    [Theory]
    [InlineData(GuaranteeKind.Confidence)]
    [InlineData(GuaranteeKind.Mean)]
    public void The_shift_is_the_largest_that_keeps_the_promise(GuaranteeKind kind) =>
        Gen.Select(Gen.Int[-20, 20].Select(i => i / 10.0).Array[0, 60], Gen.Double[0.5, 0.95]).Sample((losing, keep) =>
        {
            Guarantee guarantee = new(kind, keep);
            Certification found = Certification.Certify(losing, guarantee);
            Assert.Equal(found.Losses, losing.Count(s => s <= found.Shift));
            Assert.True(!found.Certified || guarantee.Holds(found.Losses, losing.Length));
            // At the next shift that loses more, the promise breaks.
            double? next = losing.Where(s => s > found.Shift).Select(s => (double?)s).Min();
            if (next is { } larger)
                Assert.False(guarantee.Holds(losing.Count(s => s <= larger), losing.Length));
        });

    [Theory]
    [InlineData(0, 299)]
    [InlineData(298, 1)]
    public void With_too_few_labels_all_is_escalated_and_the_missing_ones_are_counted(int labels, int missing)
    {
        Certification found = Certification.Certify([.. Enumerable.Repeat(double.PositiveInfinity, labels)], new(GuaranteeKind.Confidence, 0.99));
        Assert.False(found.Certified);
        Assert.Equal(double.NegativeInfinity, found.Shift);
        Assert.Equal(missing, found.LabelsMissing);
        Assert.Contains($"299 questions that the strongest model answers right are needed, there are {labels}", found.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Losses_that_no_threshold_avoids_are_counted()
    {
        double[] losing = [.. Enumerable.Repeat(double.NegativeInfinity, 30), .. Enumerable.Repeat(1.0, 970)];
        Certification found = Certification.Certify(losing, new(GuaranteeKind.Confidence, 0.99));
        Assert.False(found.Certified);
        Assert.Equal((0, 30), (found.LabelsMissing, found.Losses));
        Assert.Contains("not certified", found.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shift_above_the_most_allowed_is_not_taken() =>
        Assert.Equal(0, Certification.Certify([.. Enumerable.Repeat(double.PositiveInfinity, 400)], new(GuaranteeKind.Confidence, 0.99), 0).Shift);

    [Theory]
    [InlineData(GuaranteeKind.Confidence, 400)]
    [InlineData(GuaranteeKind.Confidence, 1200)]
    [InlineData(GuaranteeKind.Mean, 250)]
    public void Promises_are_kept_over_draws_of_labels_from_a_population_of_known_risk(GuaranteeKind kind, int labels)
    {
        // Losing shifts are drawn as the cube root of a uniform number, so that the risk at a shift s in 0..1 is s cubed.
        Guarantee guarantee = new(kind, 0.99, 0.05);
        Random random = new(11);
        double[] risks = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            double[] losing = new double[labels];
            for (int i = 0; i < labels; i++)
                losing[i] = Math.Cbrt(random.NextDouble());
            double shift = Math.Clamp(Certification.Certify(losing, guarantee).Shift, 0, 1);
            risks[draw] = shift * shift * shift;
        }

        if (kind == GuaranteeKind.Confidence)
        {
            double violations = risks.Count(r => r > guarantee.Allowed) / (double)Draws;
            Assert.InRange(violations, 0.001, guarantee.Delta + 2 * Math.Sqrt(guarantee.Delta * (1 - guarantee.Delta) / Draws));
        }
        else
        {
            Assert.InRange(risks.Average(), guarantee.Allowed / 4, guarantee.Allowed);
        }
    }

    [Fact]
    public void A_share_to_keep_outside_zero_and_one_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Certification.Certify([], new(GuaranteeKind.Mean, 1.01)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Certification.Certify([], new(GuaranteeKind.Confidence, 0.9, 0)));
    }

    // The binomial tail, term by term in logarithms.
    private static double Tail(int events, int trials, double rate)
    {
        double log = trials * Math.Log(1 - rate);
        double sum = Math.Exp(log);
        for (int i = 1; i <= events; i++)
        {
            log += Math.Log((trials - i + 1.0) / i) + Math.Log(rate) - Math.Log(1 - rate);
            sum += Math.Exp(log);
        }

        return sum;
    }
}
