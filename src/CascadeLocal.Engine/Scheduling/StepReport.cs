namespace CascadeLocal.Engine.Scheduling;

/// <summary>What one step did, for tests and benchmarks.</summary>
/// <param name="Index">Its number, from 1.</param>
/// <param name="DecodeTokens">Sequences that decoded one token.</param>
/// <param name="DraftTokens">Drafted tokens verified.</param>
/// <param name="PrefillTokens">Prompt tokens evaluated.</param>
/// <param name="Running">Sequences that ran, decoding or in prefill.</param>
internal readonly record struct StepReport(long Index, int DecodeTokens, int DraftTokens, int PrefillTokens, int Running);
