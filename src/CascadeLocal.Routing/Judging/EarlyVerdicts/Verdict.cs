namespace CascadeLocal.Routing.Judging.EarlyVerdicts;

/// <summary>What is to happen with an answer.</summary>
public enum Verdict
{
    /// <summary>Decode on and ask again.</summary>
    Continue,

    /// <summary>Deliver it; this is final.</summary>
    Accept,

    /// <summary>Drop it and escalate.</summary>
    Reject,
}
