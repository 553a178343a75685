namespace CascadeLocal.Engine;

/// <summary>What became of a request's draft.</summary>
/// <param name="Given">Tokens of the draft.</param>
/// <param name="Verified">Those of them that were evaluated before it was known whether they are right: what the draft cost.</param>
/// <param name="Reused">
/// Those of the verified ones that the answer went on from, each of which saved a decode: what the draft brought.
/// </param>
/// <param name="Time">
/// How long the steps took that verified it. All of them lie between the answer's first token and its last, so this is a
/// part of E2EL - TTFT and no addition to it.
/// </param>
public sealed record DraftVerification(int Given, int Verified, int Reused, TimeSpan Time)
{
    /// <summary>
    /// The share of the verified tokens that was right; null where none was verified. Verifying pays where it exceeds the
    /// cost of a verified token over that of a decoded one.
    /// </summary>
    public double? AcceptedShare => Verified == 0 ? null : (double)Reused / Verified;
}
