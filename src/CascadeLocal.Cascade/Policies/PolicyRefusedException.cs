namespace CascadeLocal.Cascade.Policies;

/// <summary>A policy cannot be put in force; the message says why. Whatever was in force still is.</summary>
public sealed class PolicyRefusedException(string message, Exception? inner = null) : Exception(message, inner);
