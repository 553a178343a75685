namespace CascadeLocal.Server.Hosting;

/// <summary>The server cannot listen where it was told to; the message is one sentence.</summary>
public sealed class ServerStartException(string message, Exception inner) : Exception(message, inner);
