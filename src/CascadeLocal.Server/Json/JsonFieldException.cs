namespace CascadeLocal.Server.Json;

/// <summary>A field of a JSON document has the wrong type or a value out of range.</summary>
internal sealed class JsonFieldException(string path, string message) : Exception(message)
{
    /// <summary>Where it is, such as <c>messages[2].content</c>.</summary>
    public string Path { get; } = path;
}
