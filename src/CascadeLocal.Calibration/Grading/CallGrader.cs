using System.Text.Json;

namespace CascadeLocal.Calibration.Grading;

/// <summary>
/// Right is what makes one call, of the answer's function and with its arguments, equal as JSON values; text beside it does not count. The
/// answer is {"name", "arguments"}.
/// </summary>
internal sealed class CallGrader : IGrader
{
    private readonly string _name;
    private readonly JsonElement _arguments;

    /// <exception cref="GraderException">The answer is no call that the question allows.</exception>
    public CallGrader(string answer, GenerationRequest request)
    {
        if (!JsonExcerpt.TryParse(answer, out JsonElement call) || call.ValueKind != JsonValueKind.Object
            || !call.TryGetProperty("name", out JsonElement name) || name.ValueKind != JsonValueKind.String
            || !call.TryGetProperty("arguments", out _arguments) || _arguments.ValueKind != JsonValueKind.Object
            || call.GetPropertyCount() != 2)
        {
            throw new GraderException("""must be an object of a name and arguments, such as {"name": "f", "arguments": {}}""");
        }

        _name = name.GetString()!;
        if (request.Tools.All(tool => tool.Name != _name))
            throw new GraderException($"calls '{_name}', which is none of the question's tools");
    }

    // Text calls nothing.
    public bool IsRight(string output) => false;

    public bool IsRight(string output, IReadOnlyList<ToolCall> calls) =>
        calls is [{ } call] && call.Name == _name && JsonExcerpt.TryParse(call.Arguments, out JsonElement given) && JsonElement.DeepEquals(given, _arguments);
}
