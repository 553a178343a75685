using System.Text.Json;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Security;

/// <summary>The file of named keys: <c>{"keys": [...]}</c>, read as strictly as cascade.json and always written as a whole.</summary>
public static class KeyFile
{
    /// <summary>The most keys of a file.</summary>
    internal const int MostKeys = 1_000;

    private const int LargestBytes = 1 << 20;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    private static readonly ObjectReader<IReadOnlyList<KeyEntry>> Root = new(
        new()
        {
            ["$schema"] = (keys, _) => keys,
            ["keys"] = (_, v) => [.. v.Items().Select(KeyFields.Read)],
        },
        "a field of a file of keys");

    /// <summary>The entries of a file.</summary>
    /// <exception cref="ConfigurationException">It is missing, no ordinary file, too large, open to everybody's changes, or wrong.</exception>
    public static IReadOnlyList<KeyEntry> Read(string path)
    {
        try
        {
            CheckKind(path);
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] text = new byte[LargestBytes + 1];
            int length = file.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return length > LargestBytes ? throw Wrong(path, $"is larger than {LargestBytes} bytes.") : Parse(text.AsMemory(0, length), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"The keys file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Replaces a file, or makes it, in one step. A new one is its owner's alone; one that was there keeps its mode.</summary>
    /// <param name="path">The file.</param>
    /// <param name="change">What becomes of its entries; a file that is not there has none.</param>
    /// <exception cref="ConfigurationException">The file that is there, or what becomes of it, is wrong.</exception>
    /// <exception cref="IOException">It cannot be written, or somebody else is changing it.</exception>
    public static void Update(string path, Func<IReadOnlyList<KeyEntry>, IReadOnlyList<KeyEntry>> change)
    {
        path = Path.GetFullPath(path);
        // Only one can make it, so it is the lock as well, and no link that waits there is followed.
        string next = path + ".new";
        using (FileStream file = CreateNew(next))
        {
            try
            {
                bool exists = Path.Exists(path);
                file.Write(Serialize(change(exists ? Read(path) : []), path));
                file.Flush(flushToDisk: true);
                if (exists && !OperatingSystem.IsWindows())
                    File.SetUnixFileMode(file.SafeFileHandle, File.GetUnixFileMode(path));
            }
            catch
            {
                File.Delete(next);
                throw;
            }
        }

        File.Move(next, path, overwrite: true);
    }

    /// <exception cref="ConfigurationException">The text is wrong.</exception>
    internal static IReadOnlyList<KeyEntry> Parse(ReadOnlyMemory<byte> utf8, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(StrictJson.WithoutMark(utf8), Options);
            JsonField root = new("", document.RootElement);
            IReadOnlyList<KeyEntry> keys = Root.Read([], root);
            _ = root.Required("keys");
            if (keys.Count > MostKeys)
                throw new JsonFieldException("keys", $"'keys' has {keys.Count} keys; {MostKeys} is the most.");
            CheckTwice(keys, entry => entry.Name, (first, second) => $"'keys[{second}].name' is '{keys[second].Name}', as that of keys[{first}] is.");
            CheckTwice(keys, entry => entry.Hash, (first, second) => $"'keys[{second}].hash' is that of '{keys[first].Name}': a key has one name.");
            return keys;
        }
        catch (Exception e) when (e is JsonException or JsonFieldException or InvalidOperationException)
        {
            throw new ConfigurationException($"The keys file {path}: {StrictJson.MessageOf(e)}", e);
        }
    }

    private static void CheckTwice(IReadOnlyList<KeyEntry> keys, Func<KeyEntry, string> get, Func<int, int, string> tell)
    {
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < keys.Count; i++)
        {
            if (!seen.TryAdd(get(keys[i]), i))
                throw new JsonFieldException("keys", tell(seen[get(keys[i])], i));
        }
    }

    // Pipes and devices have no length, and opening one could wait for ever.
    private static void CheckKind(string path)
    {
        FileInfo file = new(path);
        if (file.LinkTarget is not null)
            throw Wrong(path, "is a symbolic link; name the file itself.");
        if (Directory.Exists(path))
            throw Wrong(path, "is a folder.");
        if (!file.Exists)
            throw Wrong(path, "does not exist; 'cascade key new' makes one.");
        if (file.Length == 0)
            throw Wrong(path, "is empty, or is no ordinary file.");
        if (file.Length > LargestBytes)
            throw Wrong(path, $"is larger than {LargestBytes} bytes.");
        if (!OperatingSystem.IsWindows() && (file.UnixFileMode & UnixFileMode.OtherWrite) != 0)
            throw Wrong(path, "may be changed by every user of this machine; take that from them (chmod o-w).");
    }

    private static FileStream CreateNew(string path)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new(path, options);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new IOException($"{path} is there: another command is changing the keys. If none is, one was ended while it did; delete that file.", e);
        }
    }

    // What cannot be read again is not written.
    private static byte[] Serialize(IReadOnlyList<KeyEntry> keys, string path)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (KeyEntry entry in keys)
                KeyFields.Write(json, entry);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        byte[] text = buffer.ToArray();
        _ = Parse(text, path);
        return text.Length <= LargestBytes ? text : throw Wrong(path, $"would be larger than {LargestBytes} bytes.");
    }

    private static ConfigurationException Wrong(string path, string what) => new($"The keys file {path} {what}");
}
