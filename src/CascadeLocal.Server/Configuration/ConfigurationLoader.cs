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
        string? path = configPath ?? (File.Exists(FileName) ? FileName : null);
        Settings file = path is null ? new Settings() : SettingsFile.Read(path);
        Settings environment = SettingsText.FromEnvironment(Environment.GetEnvironmentVariable);
        return OptionsResolver.Resolve(file, environment, flags, DefaultTier.Find(AppContext.BaseDirectory));
    }
}
