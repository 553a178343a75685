using CascadeLocal.Engine.Text;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>The published templates, as models bring them: ../shared/data/chat-templates/README.md.</summary>
internal static class PublishedTemplates
{
    /// <summary>By name, in order; none where the folder is not there.</summary>
    public static Lazy<(string Name, string Source, ModelTemplates Templates)[]> All { get; } = new(Read);

    public static IReadOnlyDictionary<string, string> SpecialTokens { get; } = new Dictionary<string, string> { ["bos_token"] = "<|bos|>", ["eos_token"] = "<|eos|>" };

    /// <summary>
    /// Renders every conversation with every template. Fails where words of it are not in the prompt, and where a template refuses it
    /// with another reason than is given.
    /// </summary>
    /// <param name="conversations">Conversations by name, with the words that are looked for.</param>
    /// <param name="refusals">How messages end with which templates refuse, by template and conversation.</param>
    public static void AssertWhole((string Name, GenerationRequest Request, string[] Words)[] conversations, IReadOnlyDictionary<string, string> refusals)
    {
        Assert.SkipWhen(All.Value.Length == 0, "../shared/data/chat-templates is not there");
        string[] failures =
        [
            .. from template in All.Value
               from conversation in conversations
               let failure = Failure(template.Templates, conversation.Request, conversation.Words)
               where failure is not null
               let name = $"{template.Name}, {conversation.Name}"
               where !refusals.TryGetValue(name, out string? reason) || !failure.EndsWith(reason, StringComparison.Ordinal)
               select $"{name}: {failure}",
        ];

        Assert.True(failures.Length == 0, string.Join('\n', failures));
        Assert.Equal(44, All.Value.Length);
    }

    private static (string, string, ModelTemplates)[] Read()
    {
        string? folder = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "chat-templates", "templates") : null;
        return folder is null || !Directory.Exists(folder) ? [] :
        [
            .. from file in Directory.EnumerateFiles(folder, "*.jinja").Order(StringComparer.Ordinal)
               let name = Path.GetFileNameWithoutExtension(file)
               let source = File.ReadAllText(file)
               select (name, source, new ModelTemplates(name, new Dictionary<string, string> { ["default"] = source }, SpecialTokens)),
        ];
    }

    private static string? Failure(ModelTemplates templates, GenerationRequest request, string[] words)
    {
        try
        {
            string prompt = templates.Render(request, TestContext.Current.CancellationToken).Text;
            string[] missing = [.. words.Where(word => !prompt.Contains(word, StringComparison.Ordinal))];
            return missing.Length == 0 ? null : $"without {string.Join(", ", missing)}";
        }
        catch (ChatTemplateException error)
        {
            return error.Message;
        }
    }
}
