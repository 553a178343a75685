using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>Who answers behind a remote member's address, as far as can be seen from here.</summary>
/// <param name="Fingerprint">A hash of the model's name and of what GET /models says of it; the same after a restart, and under another address.</param>
/// <param name="Signals">What is known of its tokens, as the last whole answer had it.</param>
/// <param name="CheckedAt">When GET /models was read last.</param>
/// <param name="Changed">What differs from what was found when the member was connected, in a sentence; null for nothing.</param>
public sealed record RemoteIdentity(string Fingerprint, SignalKind Signals, DateTimeOffset CheckedAt, string? Changed)
{
    /// <summary>What differs from what a policy was fitted for, in a sentence; null for nothing.</summary>
    public string? DiffersFrom(string fingerprint, SignalKind signals) =>
        Fingerprint != fingerprint ? "It is another model than the policy was fitted for, by what its endpoint says of it."
        : Signals != signals ? $"It tells other signals than the policy was fitted for: {Signals} and not {signals}."
        : null;
}

/// <summary>
/// What GET /models says of one model: only what names the weights or how they are served. When it was made or started, who may use it
/// and what it is doing change without the model and are left out.
/// </summary>
/// <param name="fields">What was said, by field.</param>
/// <param name="isListed">Whether the model is in the list under its configured name.</param>
internal sealed class ModelCard(SortedDictionary<string, string> fields, bool isListed)
{
    // vLLM: root, parent, max_model_len. llama-server: meta. CascadeLocal: architecture and on.
    private static readonly string[] Fields =
    [
        "id", "owned_by", "root", "parent", "max_model_len", "context_length", "context_window", "architecture", "parameters", "quantization",
        "file_bytes", "vocabulary_size", "fingerprint", "policy",
    ];

    private static readonly string[] ContextFields = ["max_model_len", "context_length", "context_window", "meta.n_ctx", "meta.n_ctx_train"];

    /// <summary>Whether the model is in the list under its configured name.</summary>
    public bool IsListed => isListed;

    /// <summary>The context that it tells; null where it tells none.</summary>
    public int? ContextLength => ContextFields
        .Select(name => fields.TryGetValue(name, out string? told) && int.TryParse(told, CultureInfo.InvariantCulture, out int tokens) && tokens > 0
            ? tokens : (int?)null)
        .FirstOrDefault(tokens => tokens is not null);

    /// <summary>A hash of all of it.</summary>
    public string Fingerprint { get; } = Hash(fields);

    /// <summary>Reads the list.</summary>
    /// <param name="model">The configured name.</param>
    /// <param name="list">What GET /models says; null where there is no such thing.</param>
    public static ModelCard Read(string model, byte[]? list)
    {
        SortedDictionary<string, string> fields = new(StringComparer.Ordinal) { ["name"] = model };
        if (list is null)
            return new ModelCard(fields, false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(list);
            (JsonElement Entry, bool IsListed)? found = Find(document.RootElement, model);
            if (found is { } entry)
                Take(entry.Entry, fields);
            return new ModelCard(fields, found is { IsListed: true });
        }
        catch (JsonException)
        {
            // As good as no list.
            return new ModelCard(fields, false);
        }
    }

    /// <summary>What another card says otherwise, in a sentence; null if nothing.</summary>
    public string? DifferenceTo(ModelCard other)
    {
        foreach (string name in fields.Keys.Union(other.All.Keys, StringComparer.Ordinal))
        {
            fields.TryGetValue(name, out string? before);
            other.All.TryGetValue(name, out string? now);
            if (before != now)
                return $"What its endpoint says of the model has changed: {RemoteErrors.Clean(name)} was {Shown(before)} and is {Shown(now)}.";
        }

        return null;
    }

    private SortedDictionary<string, string> All => fields;

    // One model alone is the one that answers, whatever it is called: llama-server takes any name.
    private static (JsonElement Entry, bool IsListed)? Find(JsonElement root, string model)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array)
            return null;
        foreach (JsonElement entry in data.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("id", out JsonElement id)
                && id.ValueKind == JsonValueKind.String && id.GetString() == model)
                return (entry, true);
        }

        return data.GetArrayLength() == 1 && data[0].ValueKind == JsonValueKind.Object ? (data[0], false) : null;
    }

    private static void Take(JsonElement entry, SortedDictionary<string, string> fields)
    {
        foreach (string field in Fields)
            Put(field, entry, field, fields);
        if (!entry.TryGetProperty("meta", out JsonElement meta) || meta.ValueKind != JsonValueKind.Object)
            return;
        foreach (JsonProperty property in meta.EnumerateObject().Where(property => !property.Name.Contains("created", StringComparison.Ordinal)))
            Put("meta." + property.Name, meta, property.Name, fields);
    }

    private static void Put(string name, JsonElement parent, string property, SortedDictionary<string, string> fields)
    {
        if (parent.TryGetProperty(property, out JsonElement value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            fields[name] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
    }

    private static string Hash(SortedDictionary<string, string> fields)
    {
        // Lengths keep one field's end apart from the next one's beginning.
        StringBuilder text = new();
        foreach ((string name, string value) in fields)
            text.Append(CultureInfo.InvariantCulture, $"{name.Length}:{name}={value.Length}:{value}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Shown(string? value)
    {
        if (value is null)
            return "not told";
        string clean = RemoteErrors.Clean(value);
        return clean.Length <= 60 ? $"'{clean}'" : $"'{clean[..57]}...'";
    }
}
