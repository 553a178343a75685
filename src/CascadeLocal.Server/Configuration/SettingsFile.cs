using System.Text.Json;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Configuration;

/// <summary>Reads cascade.json: comments and trailing commas are allowed, relative paths are relative to the file.</summary>
internal static class SettingsFile
{
    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    /// <exception cref="ConfigurationException">The file cannot be read or is wrong.</exception>
    public static Settings Read(string path)
    {
        byte[] text;
        try
        {
            text = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{path} cannot be read: {e.Message}", e);
        }

        return Parse(text, path);
    }

    /// <exception cref="ConfigurationException">The text is wrong.</exception>
    public static Settings Parse(ReadOnlyMemory<byte> utf8, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(StrictJson.WithoutMark(utf8), Options);
            Settings settings = SettingsSchema.Root.Read(new(), new JsonField("", document.RootElement));
            string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            return settings with
            {
                DecisionLog = settings.DecisionLog is { } log ? log with { Path = Path.GetFullPath(log.Path, folder) } : null,
                PrefixCacheFolder = settings.PrefixCacheFolder is { } prefixes ? Path.GetFullPath(prefixes, folder) : null,
                KeysFile = settings.KeysFile is { } keys ? Path.GetFullPath(keys, folder) : null,
                NativeLibrary = settings.NativeLibrary is { } library ? Path.GetFullPath(library, folder) : null,
                Policy = settings.Policy is { } policy ? Path.GetFullPath(policy, folder) : null,
                Encoder = settings.Encoder is { } encoder ? Path.GetFullPath(encoder, folder) : null,
                Pool = settings.Pool?.Select(member => member.In(folder)).ToArray(),
            };
        }
        catch (Exception e) when (e is JsonException or JsonFieldException or InvalidOperationException)
        {
            throw new ConfigurationException($"{path}: {StrictJson.MessageOf(e)}", e);
        }
    }
}
