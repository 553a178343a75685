namespace CascadeLocal.Server.Streaming;

/// <summary>
/// A stream failed after it had begun, and the client was told so in it. Thrown through the web server, which then closes
/// the connection without the end mark of a complete response.
/// </summary>
internal sealed class StreamFailedException(Exception cause) : Exception(cause.Message, cause);
