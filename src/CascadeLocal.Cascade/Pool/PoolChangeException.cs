namespace CascadeLocal.Cascade.Pool;

/// <summary>The pool cannot be changed like that; the message says why.</summary>
public sealed class PoolChangeException(string message) : Exception(message);
