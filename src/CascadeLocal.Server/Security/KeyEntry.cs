using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Security;

/// <summary>One key of a file of keys: who has it, and what it opens. The key itself is in nobody's file.</summary>
public sealed record KeyEntry
{
    /// <summary>Stands in <see cref="Models"/> for all there are.</summary>
    public const string AnyModel = "*";

    /// <summary>What it is called in metrics and reports of use.</summary>
    public string Name { get; init; } = "";

    /// <summary>The SHA-256 of the key's UTF-8, in 64 hexadecimal digits.</summary>
    public string Hash { get; init; } = "";

    /// <summary>Requests that may come in a minute; null for any number.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>Tokens, of prompts and answers, that may be used in a minute; null for any number.</summary>
    public int? TokensPerMinute { get; init; }

    /// <summary>Requests that may be under way at once; null for any number.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Who goes first where not all can be served.</summary>
    public RequestPriority Priority { get; init; } = RequestPriority.Normal;

    /// <summary>What it may ask for; null for everything, or of an admin key for nothing.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Whether it may name a member, and not only the pool.</summary>
    public bool MayPin { get; init; } = true;

    /// <summary>Whether it opens /admin.</summary>
    public bool IsAdmin { get; init; }

    /// <summary>From when on it opens nothing any more; null for never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Whether it opens anything under /v1: an admin key does so only where it lists models.</summary>
    public bool MayUseModels => !IsAdmin || Models is not null;

    /// <summary>Whether it may ask for that model.</summary>
    public bool MayUse(string model) => MayUseModels && (Models is null || Models.Contains(AnyModel) || Models.Contains(model));

    /// <summary>Adds what a flag says, with the checks of the file.</summary>
    /// <param name="field">A field of an entry.</param>
    /// <param name="text">Its value; models are separated by commas.</param>
    /// <param name="label">What to call it in an error, such as <c>--concurrency</c>.</param>
    /// <exception cref="ConfigurationException">The value is wrong.</exception>
    public KeyEntry With(string field, string text, string label)
    {
        JsonNode value = field switch
        {
            "models" => new JsonArray([.. text.Split(',', StringSplitOptions.TrimEntries).Select(model => (JsonNode)model)]),
            _ when KeyFields.Numbers.Contains(field) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
            _ => text,
        };
        try
        {
            using JsonDocument document = JsonDocument.Parse(value.ToJsonString());
            return KeyFields.Entry.ReadKey(this, field, new JsonField(label, document.RootElement));
        }
        catch (JsonFieldException e)
        {
            throw new ConfigurationException(e.Message, e);
        }
    }
}

/// <summary>The fields of an entry, their types and ranges.</summary>
internal static class KeyFields
{
    private const int LongestName = 64;
    private const string HashScheme = "sha256:";
    private const int HashDigits = 64;

    public static readonly string[] Numbers = ["requests_per_minute", "tokens_per_minute", "concurrency"];

    public static readonly ObjectReader<KeyEntry> Entry = new(
        new()
        {
            ["name"] = (e, v) => e with { Name = ReadName(v) },
            ["hash"] = (e, v) => e with { Hash = ReadHash(v) },
            ["requests_per_minute"] = (e, v) => e with { RequestsPerMinute = v.Int32(1, 1_000_000) },
            ["tokens_per_minute"] = (e, v) => e with { TokensPerMinute = v.Int32(1, 1_000_000_000) },
            ["concurrency"] = (e, v) => e with { Concurrency = v.Int32(1, 100_000) },
            ["priority"] = (e, v) => e with { Priority = ReadPriority(v) },
            ["models"] = (e, v) => e with { Models = ReadModels(v) },
            ["may_pin"] = (e, v) => e with { MayPin = v.Boolean() },
            ["admin"] = (e, v) => e with { IsAdmin = v.Boolean() },
            ["expires"] = (e, v) => e with { Expires = ReadTime(v) },
        },
        "a field of a key");

    /// <summary>One entry, whole.</summary>
    public static KeyEntry Read(JsonField value)
    {
        KeyEntry entry = Entry.Read(new(), value);
        if (entry.Name.Length == 0)
            throw value.Member("name").Error("is required");
        if (entry.Hash.Length == 0)
            throw value.Member("hash").Error("is required: 'cascade key new' makes a key and its hash");
        return !entry.MayPin && entry.MayUseModels && !entry.MayUse(MemberName.Cascade)
            ? throw value.Member("may_pin").Error($"is false, so models must have '{MemberName.Cascade}': this key could ask for nothing")
            : entry;
    }

    public static void Write(Utf8JsonWriter json, KeyEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("name", entry.Name);
        json.WriteString("hash", HashScheme + entry.Hash.ToLowerInvariant());
        WriteRules(json, entry);
        json.WriteEndObject();
    }

    /// <summary>What is not as it is where nothing is said.</summary>
    public static void WriteRules(Utf8JsonWriter json, KeyEntry entry)
    {
        foreach ((string name, int? limit) in Numbers.Zip([entry.RequestsPerMinute, entry.TokensPerMinute, entry.Concurrency]))
        {
            if (limit is { } number)
                json.WriteNumber(name, number);
        }

        if (entry.Priority != RequestPriority.Normal)
            json.WriteString("priority", PriorityName(entry.Priority));
        if (entry.Models is { } models)
        {
            json.WriteStartArray("models");
            foreach (string model in models)
                json.WriteStringValue(model);
            json.WriteEndArray();
        }

        if (!entry.MayPin)
            json.WriteBoolean("may_pin", false);
        if (entry.IsAdmin)
            json.WriteBoolean("admin", true);
        if (entry.Expires is { } expires)
            json.WriteString("expires", TimeText(expires));
    }

    public static string PriorityName(RequestPriority priority) => priority == RequestPriority.Background ? "background" : "normal";

    public static string TimeText(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // A name is a label of metrics, and those of the server's own keys are taken.
    private static string ReadName(JsonField value)
    {
        string name = value.String();
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            throw value.Error($"must have 1 to {LongestName} letters of ASCII, digits or . _ -");
        return KeyNames.IsReserved(name) ? throw value.Error($"must not be '{name}': the server calls keys of its own so") : name;
    }

    private static string ReadHash(JsonField value)
    {
        string hash = value.String();
        bool isHash = hash.StartsWith(HashScheme, StringComparison.OrdinalIgnoreCase)
            && hash.Length == HashScheme.Length + HashDigits && hash.Skip(HashScheme.Length).All(char.IsAsciiHexDigit);
        // What is wrong is not repeated: it may be the key itself.
        return isHash ? hash[HashScheme.Length..].ToUpperInvariant() : throw value.Error($"must be '{HashScheme}' and the {HashDigits} hexadecimal digits of the key's SHA-256, never the key itself");
    }

    private static RequestPriority ReadPriority(JsonField value) => value.String() switch
    {
        "normal" => RequestPriority.Normal,
        "background" => RequestPriority.Background,
        _ => throw value.Error("must be normal or background"),
    };

    private static string[] ReadModels(JsonField value)
    {
        string[] models = [.. value.Items().Select(item => item.String() is { Length: > 0 } name ? name : throw item.Error("must not be empty"))];
        return models.Length > 0 ? models : throw value.Error("must name at least one; leave it out to allow all");
    }

    private static DateTimeOffset ReadTime(JsonField value) => DateTimeOffset.TryParseExact(
        value.String(),
        ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out DateTimeOffset time)
            ? time
            : throw value.Error("must be a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z");
}

/// <summary>The names of keys that are in no file.</summary>
internal static class KeyNames
{
    /// <summary>Everybody, where no key is asked for.</summary>
    public const string Anonymous = "anonymous";

    private const string Default = "default";

    /// <summary>Of api_keys: the only one, or one of several by its place in the list.</summary>
    public static string OfSetting(int index, int count) => count == 1 ? Default : string.Create(CultureInfo.InvariantCulture, $"{Default}-{index + 1}");

    public static bool IsReserved(string name) => name is Anonymous or Default
        || (name.StartsWith(Default + "-", StringComparison.Ordinal) && name.Skip(Default.Length + 1).All(char.IsAsciiDigit));
}
