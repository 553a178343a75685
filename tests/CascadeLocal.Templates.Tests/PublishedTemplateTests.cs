using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;
using CascadeLocal.Tests.Common;
using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>What transformers made of published templates: ../shared/data/chat-templates/README.md.</summary>
public sealed partial class PublishedTemplateTests
{
    [Fact]
    public void Every_published_template_renders_every_input_as_transformers_does()
    {
        string data = Published.Folder();
        using JsonDocument inputs = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "inputs.json")));
        Dictionary<string, ChatTemplate> templates = [];
        List<string> differences = [];
        int count = 0;
        foreach (string line in Published.Cases(data))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement expected = document.RootElement;
            string name = expected.GetProperty("template").GetString()!, input = expected.GetProperty("input").GetString()!;
            if (!templates.TryGetValue(name, out ChatTemplate? template))
                templates[name] = template = ChatTemplate.Parse(File.ReadAllText(Path.Combine(data, "templates", name + ".jinja")));
            if (Difference(template, Published.Variables(inputs.RootElement.GetProperty(input)), expected) is { } difference)
                differences.Add($"{name} with {input}: {difference}");
            count++;
        }

        Assert.Empty(differences);
        Assert.Equal(1012, count);
    }

    [Fact]
    public void What_the_conversation_brings_is_told_from_what_the_template_writes()
    {
        string data = Published.Folder();
        using JsonDocument inputs = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "inputs.json")));
        List<string> wrong = [];
        foreach (string line in Published.Cases(data))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement expected = document.RootElement;
            string name = expected.GetProperty("template").GetString()!, input = expected.GetProperty("input").GetString()!;
            string source = File.ReadAllText(Path.Combine(data, "templates", name + ".jinja"));
            JsonElement variables = inputs.RootElement.GetProperty(input);
            if (Render(ChatTemplate.Parse(source), Published.Variables(variables)) is not { } rendered)
                continue;
            Assert.Equal(rendered.Text, string.Concat(rendered.Parts.Select(p => rendered.Text.Substring(p.Start, p.Length))));
            string own = Of(rendered, TextOrigin.Template), given = variables.GetRawText();
            // A word that the template does not have is the conversation's; a token that the conversation does not have is the template's.
            foreach (string word in Words.Matches(given).Select(m => m.Value).Where(w => !source.Contains(w, StringComparison.OrdinalIgnoreCase)))
                if (own.Contains(word, StringComparison.Ordinal))
                    wrong.Add($"{name} with {input}: {word} counts as the template's");
            foreach (string token in Tokens.Matches(rendered.Text).Select(m => m.Value).Where(t => !given.Contains(t, StringComparison.Ordinal)).Distinct())
                if (Of(rendered, TextOrigin.Data).Contains(token, StringComparison.Ordinal) || Of(rendered, TextOrigin.Unclear).Contains(token, StringComparison.Ordinal))
                    wrong.Add($"{name} with {input}: {token} does not count as the template's");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void A_template_renders_the_same_on_many_threads_at_once()
    {
        string data = Published.Folder();
        using JsonDocument inputs = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "inputs.json")));
        Dictionary<string, Value> variables = Published.Variables(inputs.RootElement.GetProperty("three_tools"));
        ChatTemplate template = ChatTemplate.Parse(File.ReadAllText(Path.Combine(data, "templates", "Qwen3-Coder.jinja")));
        string alone = template.Render(variables, Rendered.Options, TestContext.Current.CancellationToken).Text;
        string[] together = new string[64];
        Parallel.For(0, together.Length, i => together[i] = template.Render(variables, Rendered.Options).Text);
        Assert.All(together, text => Assert.Equal(alone, text));
    }

    [GeneratedRegex("[A-Za-z]{6,}")]
    private static partial Regex Words { get; }

    [GeneratedRegex(@"<[|｜][^<>]*[|｜]>|<(start|end)_of_turn>|\[/?INST\]")]
    private static partial Regex Tokens { get; }

    private static string Of(RenderedText rendered, TextOrigin origin) =>
        string.Join('\n', rendered.Parts.Where(p => p.Origin == origin).Select(p => rendered.Text.Substring(p.Start, p.Length)));

    private static RenderedText? Render(ChatTemplate template, Dictionary<string, Value> variables)
    {
        try
        {
            return template.Render(variables, Rendered.Options);
        }
        catch (TemplateException)
        {
            return null;
        }
    }

    private static string? Difference(ChatTemplate template, Dictionary<string, Value> variables, JsonElement expected)
    {
        try
        {
            string text = template.Render(variables, Rendered.Options).Text;
            bool isExpected = (expected.TryGetProperty("expected", out JsonElement wanted)
                    || (expected.TryGetProperty("with_from_json", out JsonElement other) && other.TryGetProperty("expected", out wanted)))
                && wanted.GetString() == text;
            return isExpected ? null : $"got {text}";
        }
        catch (TemplateException e) when (expected.TryGetProperty("raises", out JsonElement message))
        {
            return e.Kind == TemplateErrorKind.Raised && e.Reason == message.GetString() ? null : e.Message;
        }
        catch (TemplateException e)
        {
            return expected.TryGetProperty("error", out _) && e.Line > 0 ? null : e.Message;
        }
    }
}

/// <summary>The data beside the checkout; what needs it skips where it is not.</summary>
internal static class Published
{
    private static readonly string?[] Roles = ["system", "user", "assistant", "tool"];
    private static readonly string[] ReasoningKeys = ["reasoning_content", "thinking", "reasoning"];

    public static string Folder()
    {
        string? folder = FolderOrNull;
        Assert.SkipWhen(folder is null, "../shared/data/chat-templates is not there");
        return folder;
    }

    public static string? FolderOrNull =>
        RepositoryPaths.Shared is { } shared && Path.Combine(shared, "data", "chat-templates") is var folder && Directory.Exists(folder) ? folder : null;

    public static IEnumerable<string> Cases(string folder)
    {
        using FileStream file = File.OpenRead(Path.Combine(folder, "cases.jsonl.gz"));
        using GZipStream zip = new(file, CompressionMode.Decompress);
        using StreamReader reader = new(zip);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>An input as transformers passes it on: keys that are none dropped, reasoning under two names.</summary>
    public static Dictionary<string, Value> Variables(JsonElement input)
    {
        Dictionary<string, Value> variables = new()
        {
            ["messages"] = Value.List(input.GetProperty("messages").EnumerateArray().Select(Message)),
            ["tools"] = input.TryGetProperty("tools", out JsonElement tools) ? Value.FromJson(tools) : Value.None,
            ["documents"] = input.TryGetProperty("documents", out JsonElement documents) ? Value.FromJson(documents) : Value.None,
            ["add_generation_prompt"] = Value.FromJson(input.GetProperty("add_generation_prompt")),
        };
        foreach (JsonProperty property in input.GetProperty("kwargs").EnumerateObject())
            variables[property.Name] = property.Name.EndsWith("_token", StringComparison.Ordinal) ? Value.Of(property.Value.GetString()!) : Value.FromJson(property.Value);
        return variables;
    }

    private static Value Message(JsonElement message)
    {
        List<KeyValuePair<string, Value>> entries = [.. message.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null)
            .Select(p => KeyValuePair.Create(p.Name, p.Name == "role" && Roles.Contains(p.Value.GetString()) ? Value.Of(p.Value.GetString()!) : Value.FromJson(p.Value)))];
        string? key = ReasoningKeys.FirstOrDefault(k => entries.Any(e => e.Key == k));
        if (key is null)
            return Value.Dict(entries);
        Value reasoning = entries.First(e => e.Key == key).Value;
        if (entries.All(e => e.Key != "thinking"))
            entries.Insert(0, new("thinking", reasoning));
        entries.Add(new("reasoning_content", reasoning));
        return Value.Dict(entries);
    }
}
