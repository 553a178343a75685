using System.Globalization;

namespace CascadeLocal.Calibration.Statistics;

/// <summary>
/// What something costs against another by both means of TPOT: over requests, and by tokens (all charged time over all gaps). Many
/// short answers decide the one, few long ones the other; it pays only where both are below 1.
/// </summary>
/// <param name="Mean">The ratio of the means over requests.</param>
/// <param name="Tokens">The ratio by tokens.</param>
public sealed record BothMeans(double Mean, double Tokens)
{
    /// <summary>Whether it pays.</summary>
    public bool Pays => Mean < 1 && Tokens < 1;

    /// <summary>The same in words.</summary>
    public string Sentence => string.Create(CultureInfo.InvariantCulture, $"{Mean:0.###} of its TPOT over requests and {Tokens:0.###} by tokens, so it {Verdict}");

    private string Verdict => (Mean < 1, Tokens < 1) switch
    {
        (true, true) => "pays",
        (true, false) => "pays by request, but not by tokens",
        (false, true) => "pays by tokens, but not by request",
        _ => "does not pay",
    };

    /// <summary>Null where a figure is not known or not defined.</summary>
    public static BothMeans? Of(double? mean, double? otherMean, double? tokens, double? otherTokens) =>
        mean / otherMean is { } one && tokens / otherTokens is { } two && double.IsFinite(one) && double.IsFinite(two) ? new(one, two) : null;
}
