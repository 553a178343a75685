using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Server.Configuration;

/// <summary>Finds and reads what the server is told: cascade.json, then the environment, then flags, each over the last.</summary>
public static class ConfigurationLoader
{
    private const string FileName = "cascade.json";

    /// <summary>Reads all layers.</summary>
    /// <param name="configPath">The configuration file, or null: cascade.json in the working folder, if there is one.</param>
    /// <param name="flags">The command line.</param>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public static ServerOptions Load(string? configPath, Settings flags)
    {
        string? path = PathOf(configPath);
        return Read(path, flags) with { ReadMembers = () => Read(path, flags).Members };
    }

    /// <summary>The embedder of cascade.json in the working folder and the environment, for commands that serve nothing.</summary>
    /// <param name="encoder">A folder that is named on the command line, or null.</param>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public static EmbedderOptions LoadEmbedder(string? encoder) =>
        OptionsResolver.ResolveEmbedder(ReadFile(PathOf(null)), ReadEnvironment(), new Settings { Encoder = encoder });

    private static string? PathOf(string? configPath)
    {
        string? path = configPath ?? (File.Exists(FileName) ? FileName : null);
        return path is null ? null : Path.GetFullPath(path);
    }

    private static ServerOptions Read(string? path, Settings flags) =>
        OptionsResolver.Resolve(ReadFile(path), ReadEnvironment(), flags, DefaultTier.Find(AppContext.BaseDirectory));

    private static Settings ReadFile(string? path) => path is null ? new Settings() : SettingsFile.Read(path);

    private static Settings ReadEnvironment() => SettingsText.FromEnvironment(Environment.GetEnvironmentVariable);
}
