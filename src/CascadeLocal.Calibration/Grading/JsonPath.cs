using System.Globalization;
using System.Text.Json;

namespace CascadeLocal.Calibration.Grading;

/// <summary>A path to one JSON value: $.name, ['any name'], [0] from the beginning, [-1] from the end.</summary>
internal sealed class JsonPath
{
    private readonly IReadOnlyList<(string? Name, int Index)> _steps;

    private JsonPath(IReadOnlyList<(string? Name, int Index)> steps) => _steps = steps;

    /// <summary>Reads the path that a text begins with.</summary>
    /// <param name="text">The path and what follows.</param>
    /// <param name="end">Where the path ends.</param>
    /// <exception cref="GraderException">It begins with no path.</exception>
    public static JsonPath Parse(string text, out int end)
    {
        if (!text.StartsWith('$'))
            throw new GraderException($"is '{text}', but must begin with a path, such as $.city");
        List<(string?, int)> steps = [];
        end = 1;
        while (end < text.Length && text[end] is '.' or '[')
            steps.Add(text[end] == '.' ? Name(text, ref end) : Bracket(text, ref end));
        return new JsonPath(steps);
    }

    /// <summary>The value at the path, or null if there is none.</summary>
    public JsonElement? Evaluate(JsonElement root)
    {
        JsonElement at = root;
        foreach ((string? name, int index) in _steps)
        {
            if (name is not null)
            {
                if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                    return null;
                continue;
            }

            int length = at.ValueKind == JsonValueKind.Array ? at.GetArrayLength() : 0;
            int position = index < 0 ? length + index : index;
            if (position < 0 || position >= length)
                return null;
            at = at[position];
        }

        return at;
    }

    private static (string?, int) Name(string text, ref int at)
    {
        int end = at + 1;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] is '_' or '-'))
            end++;
        string name = text[(at + 1)..end];
        if (name.Length == 0)
            throw new GraderException($"has no name after '{text[..(at + 1)]}'");
        at = end;
        return (name, 0);
    }

    private static (string?, int) Bracket(string text, ref int at)
    {
        bool quoted = at + 1 < text.Length && text[at + 1] is '\'' or '"';
        string closing = quoted ? $"{text[at + 1]}]" : "]";
        int first = at + (quoted ? 2 : 1);
        int end = first <= text.Length ? text.IndexOf(closing, first, StringComparison.Ordinal) : -1;
        if (end < 0)
            throw new GraderException($"has a bracket that is not closed after '{text[..at]}'");
        string inside = text[first..end];
        at = end + closing.Length;
        if (quoted)
            return (inside, 0);
        return int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index)
            ? (null, index)
            : throw new GraderException($"has [{inside}], but there must be a number or a quoted name in brackets");
    }
}
