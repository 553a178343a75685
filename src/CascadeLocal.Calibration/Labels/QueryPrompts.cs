using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Labels;

/// <summary>The prompts of a file of questions, by id.</summary>
public static class QueryPrompts
{
    /// <summary>The prompts of all questions, each once.</summary>
    /// <exception cref="DataFileException">The file cannot be read, or a question has no prompt.</exception>
    public static IReadOnlyList<string> ReadTexts(string file) =>
        [.. JsonLines.Read(file).Select(row => Prompt(row) ?? throw row.Missing("prompt")).Distinct()];

    /// <exception cref="DataFileException">The file cannot be read, or an id has two prompts.</exception>
    internal static IReadOnlyDictionary<string, string> Read(string file)
    {
        Dictionary<string, string> prompts = [];
        foreach (JsonField row in JsonLines.Read(file))
        {
            if (row.Find("id") is not { } id || Prompt(row) is not { } prompt)
                continue;
            if (!prompts.TryAdd(id.Text(), prompt) && prompts[id.Text()] != prompt)
                throw id.Error($"'{id.Text()}' has another prompt in an earlier line");
        }

        return prompts;
    }

    // Of a conversation the last user message with text is what is embedded.
    private static string? Prompt(JsonField row)
    {
        if (row.Find("prompt") is { } prompt)
            return prompt.Text();
        return row.Find("messages")?.Items()
            .Where(message => message.Get("role").Text() == "user")
            .Select(message => message.Get("content").Text())
            .LastOrDefault(text => !string.IsNullOrWhiteSpace(text));
    }
}
