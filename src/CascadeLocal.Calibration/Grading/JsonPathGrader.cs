using System.Text.Json;

namespace CascadeLocal.Calibration.Grading;

/// <summary>
/// Right is the output whose first JSON object or array has the answer's value at the answer's path. The answer is
/// path=value; the value is JSON or text, and 75001 is both: right as a number and as a string.
/// </summary>
internal sealed class JsonPathGrader : IGrader
{
    private readonly JsonPath _path;
    private readonly string _text;
    private readonly JsonElement? _json;

    /// <exception cref="GraderException">The answer is not path=value.</exception>
    public JsonPathGrader(string answer)
    {
        _path = JsonPath.Parse(answer, out int end);
        if (end == answer.Length || answer[end] != '=')
            throw new GraderException($"is '{answer}', but must be path=value, such as $.city=Paris");
        _text = answer[(end + 1)..].Trim();
        _json = JsonExcerpt.TryParse(_text, out JsonElement json) ? json : null;
    }

    public bool IsRight(string output) =>
        JsonExcerpt.TryFind(output, out JsonElement root) && _path.Evaluate(root) is { } found && Matches(found);

    private bool Matches(JsonElement found) =>
        (_json is { } json && JsonElement.DeepEquals(found, json)) || (found.ValueKind == JsonValueKind.String && found.GetString() == _text);
}
