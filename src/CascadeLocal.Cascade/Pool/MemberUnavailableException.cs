namespace CascadeLocal.Cascade.Pool;

/// <summary>A member cannot answer now: it is loading, has failed, or is draining. The message says which.</summary>
public sealed class MemberUnavailableException(string message) : Exception(message);
