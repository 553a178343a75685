using CascadeLocal.Engine.Gguf;
using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Server.Configuration;

/// <summary>Finds and reads what the server is told: cascade.json, then the environment, then flags, each over the last.</summary>
public static class ConfigurationLoader
{
    private const string FileName = "cascade.json";

    /// <summary>Reads all layers.</summary>
    /// <param name="configPath">The configuration file, or null: cascade.json in the working folder, if there is one and it is this user's or root's.</param>
    /// <param name="flags">The command line.</param>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public static ServerOptions Load(string? configPath, Settings flags)
    {
        string? path = PathOf(configPath);
        return Read(path, flags) with { ConfigurationFile = path, ReadMembers = () => Read(path, flags).Members };
    }

    /// <summary>The embedder of cascade.json in the working folder and the environment, for commands that serve nothing.</summary>
    /// <param name="encoder">A folder that is named on the command line, or null.</param>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public static EmbedderOptions LoadEmbedder(string? encoder) =>
        OptionsResolver.ResolveEmbedder(ReadFile(PathOf(null)), ReadEnvironment(), new Settings { Encoder = encoder });

    /// <summary>The file of keys of cascade.json in the working folder and the environment, for commands that serve nothing; null for none.</summary>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public static string? FindKeysFile() => ReadEnvironment().KeysFile ?? ReadFile(PathOf(null)).KeysFile;

    /// <summary>
    /// Refuses a file that nobody named and that may be somebody else's work: a configuration can load a library, and send any variable or
    /// file of this user to any host.
    /// </summary>
    /// <exception cref="ConfigurationException">Another user owns it, or all may write it.</exception>
    internal static string RequireOwn(string path)
    {
        string? reason = RegularFile.IsOfAnotherUser(path) ? "another user owns it"
            : !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.OtherWrite) != 0 ? "every user may change it"
            : null;
        return reason is null ? path : throw new ConfigurationException($"{path} is not read unless --config names it: {reason}.");
    }

    private static string? PathOf(string? configPath)
    {
        if (configPath is not null)
            return Path.GetFullPath(configPath);
        return File.Exists(FileName) ? RequireOwn(Path.GetFullPath(FileName)) : null;
    }

    private static ServerOptions Read(string? path, Settings flags)
    {
        Settings file = ReadFile(path), environment = ReadEnvironment();
        HashSet<string> keys =
        [
            .. file.RemoteKeys ?? [], .. environment.RemoteKeys ?? [], .. flags.RemoteKeys ?? [],
            .. (file.Pool ?? []).Select(member => member.ApiKeyVariable).OfType<string>(),
        ];
        SettingsText.CheckNames(Environment.GetEnvironmentVariables().Keys.Cast<string>(), keys);
        return OptionsResolver.Resolve(file, environment, flags, DefaultTier.Find(AppContext.BaseDirectory));
    }

    private static Settings ReadFile(string? path) => path is null ? new Settings() : SettingsFile.Read(path);

    private static Settings ReadEnvironment() => SettingsText.FromEnvironment(Environment.GetEnvironmentVariable);
}

/// <summary>The models that ship with the program.</summary>
internal static class DefaultTier
{
    /// <summary>The GGUF files of the first folder models/default at or above <paramref name="folder"/>, by name.</summary>
    public static IReadOnlyList<string> Find(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            string tier = Path.Combine(at.FullName, "models", "default");
            if (!Directory.Exists(tier))
                continue;
            string[] files = Directory.GetFiles(tier, "*.gguf");
            Array.Sort(files, StringComparer.Ordinal);
            if (files.Length > 0)
                return files;
        }

        return [];
    }
}

/// <summary>The configuration cannot be used; the message says where and why, in one or two sentences.</summary>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
