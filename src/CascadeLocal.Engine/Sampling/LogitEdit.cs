namespace CascadeLocal.Engine.Sampling;

/// <summary>Why one token's logit is changed before the choice.</summary>
/// <param name="token">The token.</param>
internal struct LogitEdit(int token)
{
    public readonly int Token = token;
    public float Bias;
    public bool Banned;
    public bool BannedForNow;
    public bool InPrompt;
    public int TimesInAnswer;

    /// <summary>The logit to choose by: bias, then the repetition penalty, then frequency and presence.</summary>
    public readonly float Apply(float logit, SamplingParameters parameters)
    {
        if (Banned || BannedForNow)
            return float.NegativeInfinity;
        logit += Bias;
        if (InPrompt || TimesInAnswer > 0)
            logit = logit > 0 ? logit / parameters.RepetitionPenalty : logit * parameters.RepetitionPenalty;
        logit -= TimesInAnswer * parameters.FrequencyPenalty;
        return TimesInAnswer > 0 ? logit - parameters.PresencePenalty : logit;
    }
}
