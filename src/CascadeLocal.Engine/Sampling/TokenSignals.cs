namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// What decoding knows about one token for free. All three come from the raw logits at temperature 1, before bias and
/// penalties, in nats.
/// </summary>
/// <param name="LogProbability">Log-probability of the token that was taken; at most 0.</param>
/// <param name="Entropy">Shannon entropy of the whole distribution; from 0 to ln(vocabulary size).</param>
/// <param name="Margin">Log-probability of the best token minus that of the second best; at least 0.</param>
public readonly record struct TokenSignals(float LogProbability, float Entropy, float Margin);
