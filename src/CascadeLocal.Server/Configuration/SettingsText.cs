using System.Globalization;
using System.Text.Json;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Configuration;

/// <summary>Reads settings that come as text, from flags and from the environment, with the checks of cascade.json.</summary>
public static class SettingsText
{
    private static readonly string[] Lists = ["api_keys", "allowed_hosts", "cors_origins", "remote_hosts", "remote_keys"];

    private static readonly string[] Switches = ["admin_loopback", "tune"];

    // Text even where it looks like a number.
    private static readonly string[] Texts =
        ["host", "keys_file", "prefix_cache_dir", "decision_log", "admin_key", "native_library", "policy", "encoder"];

    private static readonly string[] Numbers = ["prefill_slowdown"];

    // Of the tests, the benchmarks, the trainer and the scripts.
    private static readonly string[] OfOtherPrograms =
        ["CASCADE_TEST_", "CASCADE_BENCH_", "CASCADE_PEER_", "CASCADE_CHECKPOINTS", "CASCADE_DATA", "CASCADE_DRIVER_ROOT", "CASCADE_SHAPE_REPORT"];

    // Absent, they leave a server open, or close /admin; an empty one is a mistake rather than that.
    private static readonly string[] Keepers = ["api_keys", "keys_file", "admin_key"];

    private const string ServiceHost = "_SERVICE_HOST";

    private static readonly string[] Structures = ["$schema", "pool", "sampling", "cascade", "telemetry"];

    /// <summary>The keys of cascade.json that can be given as text.</summary>
    public static IEnumerable<string> Keys => SettingsSchema.Root.Keys.Except(Structures);

    /// <summary>
    /// The environment variable of a key: CASCADE_ and the key in capitals, but CASCADE_API_KEY for the keys and CASCADE_LLAMA for
    /// the native library.
    /// </summary>
    public static string EnvironmentVariable(string key) => key switch
    {
        "api_keys" => "CASCADE_API_KEY",
        "native_library" => "CASCADE_LLAMA",
        _ => "CASCADE_" + key.ToUpperInvariant(),
    };

    /// <summary>
    /// The settings in the environment. Empty variables count as absent, but for those that have keys or say where they are; so does a port
    /// that is an address, which Kubernetes sets for a Service called cascade.
    /// </summary>
    /// <exception cref="ConfigurationException">A variable's value is wrong.</exception>
    public static Settings FromEnvironment(Func<string, string?> read)
    {
        Settings settings = new();
        foreach (string key in Keys)
        {
            string variable = EnvironmentVariable(key);
            if (read(variable) is { } text && (text.Length > 0 || Keepers.Contains(key)) && !(key == "port" && text.Contains("://", StringComparison.Ordinal)))
                settings = With(settings, key, text, variable);
        }

        return settings;
    }

    /// <summary>Refuses variables that look like settings and are none: a mistyped key would leave a server open.</summary>
    /// <param name="variables">The names of all variables.</param>
    /// <param name="others">Those that the configuration names for something else, such as the keys of remote members.</param>
    /// <exception cref="ConfigurationException">There is one.</exception>
    public static void CheckNames(IEnumerable<string> variables, IReadOnlySet<string> others)
    {
        string[] known = [.. Keys.Select(EnvironmentVariable)];
        string[] names = [.. variables.Where(name => name.StartsWith("CASCADE_", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        string[] services = [.. names.Where(name => name.EndsWith(ServiceHost, StringComparison.Ordinal)).Select(name => name[..^ServiceHost.Length])];
        string? unknown = Array.Find(names, name => !known.Contains(name) && !others.Contains(name)
            && !OfOtherPrograms.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !services.Any(service => IsOfService(name, service)));
        if (unknown is null)
            return;
        string hint = NearestName.Find(unknown, known) is { } nearest ? $"; did you mean {nearest}?" : ".";
        throw new ConfigurationException($"The environment variable {unknown} is no setting{hint}");
    }

    /// <summary>Adds one setting; lists are separated by commas.</summary>
    /// <param name="settings">What is there already.</param>
    /// <param name="key">A key of cascade.json.</param>
    /// <param name="text">Its value.</param>
    /// <param name="label">What to call it in an error, such as <c>--port</c>.</param>
    /// <exception cref="ConfigurationException">The value is wrong.</exception>
    public static Settings With(Settings settings, string key, string text, string label)
    {
        // As no list at all it would leave a server without keys open.
        if (Lists.Contains(key) && text.All(c => c is ',' or ' '))
            throw new ConfigurationException($"'{label}' must not be empty.");
        using JsonDocument value = ToJson(key, text);
        try
        {
            return SettingsSchema.Root.ReadKey(settings, key, new JsonField(label, value.RootElement));
        }
        catch (JsonFieldException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }

    // What Kubernetes sets in every container for each Service of its namespace.
    private static bool IsOfService(string name, string service)
    {
        if (!name.StartsWith(service, StringComparison.Ordinal))
            return false;
        string rest = name[service.Length..];
        return rest is ServiceHost or "_SERVICE_PORT" or "_PORT" || rest.StartsWith("_SERVICE_PORT_", StringComparison.Ordinal)
            || (rest.StartsWith("_PORT_", StringComparison.Ordinal) && rest.Length > "_PORT_".Length && char.IsAsciiDigit(rest["_PORT_".Length]));
    }

    private static JsonDocument ToJson(string key, string text)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            if (Lists.Contains(key))
            {
                json.WriteStartArray();
                foreach (string item in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    json.WriteStringValue(item);
                json.WriteEndArray();
            }
            else if (Switches.Contains(key) && bool.TryParse(text, out bool isOn))
            {
                json.WriteBooleanValue(isOn);
            }
            else if (Numbers.Contains(key) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real))
            {
                json.WriteNumberValue(real);
            }
            else if (!Texts.Contains(key) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            {
                json.WriteNumberValue(number);
            }
            else
            {
                json.WriteStringValue(text);
            }
        }

        return JsonDocument.Parse(buffer.ToArray());
    }
}
