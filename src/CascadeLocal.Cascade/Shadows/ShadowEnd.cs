namespace CascadeLocal.Cascade.Shadows;

/// <summary>How what was worked out beside a request ended.</summary>
public enum ShadowEnd
{
    /// <summary>It is known whether both answers say the same.</summary>
    Compared,

    /// <summary>It was not begun: too many were under way.</summary>
    Dropped,

    /// <summary>A member refused or failed, or the server was shut down.</summary>
    Failed,
}
