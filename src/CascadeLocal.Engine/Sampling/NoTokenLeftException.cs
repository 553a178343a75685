namespace CascadeLocal.Engine.Sampling;

/// <summary>Every token is impossible: banned, or its logit is not a number or minus infinity.</summary>
internal sealed class NoTokenLeftException() : InvalidOperationException(
    "No token can follow: every one is banned by logit_bias or ignore_eos, or the model's logits are not numbers.");
