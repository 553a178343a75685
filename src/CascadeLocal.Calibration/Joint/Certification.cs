using System.Globalization;

using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>What the certification labels allow: by how much all thresholds are moved, and what is promised then.</summary>
public sealed record Certification
{
    /// <summary>What was to be promised.</summary>
    public required Guarantee Guarantee { get; init; }

    /// <summary>Added to every τ; −∞ where every answer of a gated model has to be escalated.</summary>
    public required double Shift { get; init; }

    /// <summary>n_S: the questions that the strongest model answers right, or in part.</summary>
    public required int Questions { get; init; }

    /// <summary>How many of them get a worse answer at <see cref="Shift"/>.</summary>
    public required int Losses { get; init; }

    /// <summary>The bound that <see cref="Losses"/> gives.</summary>
    public required double Bound { get; init; }

    /// <summary>Whether the promise holds with an answer of a gated model accepted at all.</summary>
    public required bool Certified { get; init; }

    /// <summary>How many more questions that the strongest answers right are needed before anything can be certified; else 0.</summary>
    public required int LabelsMissing { get; init; }

    /// <summary>The outcome in a sentence.</summary>
    public string Sentence => (Certified, LabelsMissing) switch
    {
        _ when Guarantee.Allowed <= 0 => "not certifiable: no number of labels shows that nothing at all is lost; every gated answer is escalated",
        (true, _) => Say($"{Losses} of {Questions} right answers of the strongest model are lost; {Meaning(Bound)}"),
        (_, > 0) => Say($"not certifiable: {Guarantee.LabelsNeeded(0)} questions that the strongest model answers right are needed, there are {Questions} ({LabelsMissing} are missing); every gated answer is escalated"),
        _ => Say($"not certified: no threshold keeps {Guarantee.Keep:0.####} on {Questions} questions that the strongest model answers right; every gated answer is escalated"),
    };

    /// <summary>
    /// Moves all thresholds at once by the largest shift that keeps the promise. Valid because losses only grow with the shift,
    /// and the labels were used for nothing else.
    /// </summary>
    /// <param name="losingShifts">
    /// For every question that the strongest model answers right, or in part: the least shift at which its delivered answer is worse than
    /// that; +∞ where it never is, −∞ where it always is.
    /// </param>
    /// <param name="guarantee">What is to be promised.</param>
    /// <param name="mostShift">No larger shift is taken: 0 keeps to the fitted thresholds or goes below.</param>
    public static Certification Certify(IReadOnlyList<double> losingShifts, Guarantee guarantee, double mostShift = double.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(losingShifts);
        ArgumentNullException.ThrowIfNull(guarantee);
        guarantee.Check();
        double[] sorted = [.. losingShifts.Order()];
        int most = guarantee.Kind == GuaranteeKind.None ? sorted.Length : guarantee.MostLosses(sorted.Length);
        double shift = Math.Min(mostShift, LargestShift(sorted, most));
        int losses = sorted.Count(s => s <= shift);
        return new()
        {
            Guarantee = guarantee,
            Shift = shift,
            Questions = sorted.Length,
            Losses = losses,
            Bound = guarantee.Bound(losses, sorted.Length),
            Certified = guarantee.Kind != GuaranteeKind.None && shift > double.NegativeInfinity && guarantee.Holds(losses, sorted.Length),
            LabelsMissing = most < 0 && guarantee.Allowed > 0 ? Math.Max(0, guarantee.LabelsNeeded(0) - sorted.Length) : 0,
        };
    }

    // The next loss begins at sorted[most]. Half-way between it and the one before, no rounding decides.
    internal static double LargestShift(double[] sorted, int most)
    {
        if (most < 0)
            return double.NegativeInfinity;
        if (most >= sorted.Length || double.IsPositiveInfinity(sorted[most]))
            return double.PositiveInfinity;
        double next = sorted[most];
        double before = sorted.LastOrDefault(s => s < next, double.NegativeInfinity);
        if (double.IsNegativeInfinity(next))
            return next;
        return double.IsNegativeInfinity(before) ? next - Math.Max(1e-6, Math.Abs(next) * 1e-6) : before + (next - before) / 2;
    }

    private string Meaning(double bound) => Guarantee.Kind == GuaranteeKind.Confidence
        ? Say($"with {1 - Guarantee.Delta:0.###%} confidence at most {bound:0.00%} are, {Guarantee.Allowed:0.##%} are allowed")
        : Say($"in expectation at most {bound:0.00%} are, {Guarantee.Allowed:0.##%} are allowed");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
