namespace CascadeLocal.Calibration.Curves;

/// <summary>
/// Accuracy against the share of requests that the strong model is asked for; or against cost, as a share of the way from the weak
/// model's to the strong one's.
/// </summary>
/// <param name="Points">By growing strong share.</param>
/// <param name="Weak">Accuracy of the weak model alone.</param>
/// <param name="Strong">Accuracy of the strong model alone.</param>
public sealed record RoutingCurve(IReadOnlyList<CurvePoint> Points, double Weak, double Strong)
{
    /// <summary>The curve of a score that is high where the strong model should answer.</summary>
    /// <param name="questions">Which model is right where.</param>
    /// <param name="scores">One a question, finite.</param>
    /// <param name="seed">Decides the order of equal scores where they make two edges equal.</param>
    public static RoutingCurve Of(IReadOnlyList<PairQuestion> questions, IReadOnlyList<double> scores, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(scores);
        if (questions.Count == 0 || questions.Count != scores.Count || !scores.All(double.IsFinite))
            throw new ArgumentException("every question needs one finite score, and there must be a question");
        ScoreCuts cuts = new(scores, seed);
        return new(
            [.. Enumerable.Range(0, cuts.Count).Select(edge => PointAt(questions, request => cuts.IsStrong(edge, request))).OrderBy(point => point.StrongShare)],
            questions.Average(question => question.WeakRight ? 1.0 : 0),
            questions.Average(question => question.StrongRight ? 1.0 : 0));
    }

    private static CurvePoint PointAt(IReadOnlyList<PairQuestion> questions, Func<int, bool> isStrong)
    {
        int strong = 0;
        int right = 0;
        for (int i = 0; i < questions.Count; i++)
        {
            strong += isStrong(i) ? 1 : 0;
            right += (isStrong(i) ? questions[i].StrongRight : questions[i].WeakRight) ? 1 : 0;
        }

        return new((double)strong / questions.Count, (double)right / questions.Count);
    }
}

/// <summary>What one threshold gives.</summary>
/// <param name="StrongShare">The share of questions that go to the strong model, 0 to 1; of cost it may be beyond 1.</param>
/// <param name="Accuracy">The share of all questions that are answered rightly, 0 to 1.</param>
public readonly record struct CurvePoint(double StrongShare, double Accuracy);

/// <summary>A question that a weak and a strong model have answered.</summary>
/// <param name="Prompt">The question as it was asked.</param>
/// <param name="WeakRight">Whether the weak model's answer is right.</param>
/// <param name="StrongRight">Whether the strong model's answer is right.</param>
/// <param name="WeakAnswer">The weak model's answer, or null where it was not kept.</param>
public sealed record PairQuestion(string Prompt, bool WeakRight, bool StrongRight, string? WeakAnswer)
{
    /// <summary>What the strong model's answer gains over the weak one's: 1, 0 or −1.</summary>
    internal double Gain => (StrongRight ? 1 : 0) - (WeakRight ? 1 : 0);
}
