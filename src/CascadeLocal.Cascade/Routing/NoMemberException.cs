namespace CascadeLocal.Cascade.Routing;

/// <summary>No member that may answer is ready.</summary>
public sealed class NoMemberException() : Exception("No model is ready.");
