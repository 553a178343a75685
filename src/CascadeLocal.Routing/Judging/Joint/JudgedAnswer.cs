namespace CascadeLocal.Routing.Judging.Joint;

/// <summary>How one model answered one question.</summary>
/// <param name="Correct">How right the answer is, 0..1; right means at least a half.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="TimeToFirstToken">TTFT in ms.</param>
/// <param name="TimePerOutputToken">TPOT in ms; NaN where it is not known or undefined.</param>
/// <param name="Latency">E2EL in ms; NaN where it is not known.</param>
public readonly record struct JudgedAnswer(double Correct, int Tokens, double TimeToFirstToken, double TimePerOutputToken, double Latency)
{
    /// <summary>Whether it counts as right.</summary>
    public bool IsRight => Correct >= 0.5;

    /// <summary>The times between tokens.</summary>
    public int Gaps => Math.Max(Tokens - 1, 0);

    /// <summary>The time from the first token to the last, in ms.</summary>
    public double DecodeTime => DecodeTimeOf(Tokens);

    /// <summary>The time from the first token to one that is not beyond the last, in ms.</summary>
    public double DecodeTimeOf(int tokens) => tokens < 2 ? 0 : TimePerOutputToken * (tokens - 1);
}
