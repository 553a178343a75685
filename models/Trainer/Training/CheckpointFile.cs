using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Trainer.Training;

/// <summary>Keeps a checkpoint as a safetensors file, which is replaced as a whole or not at all.</summary>
internal static class CheckpointFile
{
    private const string MetadataKey = "__metadata__";
    private const string StateKey = "state";
    private const int MaximumHeader = 1 << 24;

    /// <summary>
    /// The file of a member: in the folder CASCADE_CHECKPOINTS names, else in the user's cache, never in a repository.
    /// </summary>
    public static string DefaultPath(string member)
    {
        string folder = Environment.GetEnvironmentVariable("CASCADE_CHECKPOINTS") is { Length: > 0 } stated
            ? stated
            : Path.Combine(UserCache(), "cascade-local", "checkpoints");
        return Path.Combine(folder, $"{member}.safetensors");
    }

    /// <summary>Writes a checkpoint beside the old one, then takes its place.</summary>
    public static void Write(string path, Checkpoint checkpoint)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        JsonObject header = new()
        {
            [MetadataKey] = new JsonObject { [StateKey] = JsonSerializer.Serialize(checkpoint.State) },
        };
        long offset = 0;
        foreach ((string name, float[] values) in checkpoint.Tensors)
        {
            long end = offset + (values.Length * (long)sizeof(float));
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray(values.Length),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        string temporary = path + ".new";
        using (FileStream file = File.Create(temporary))
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
            file.Write(length);
            file.Write(json);
            foreach (float[] values in checkpoint.Tensors.Values)
                file.Write(MemoryMarshal.AsBytes<float>(values));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="FormatException">The file is damaged or of another program.</exception>
    public static Checkpoint Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException
            or ArgumentException or OverflowException or KeyNotFoundException)
        {
            throw new FormatException($"{path} is no checkpoint of this program: {error.Message}", error);
        }
    }

    private static Checkpoint Parse(byte[] contents)
    {
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(contents);
        if (headerLength > MaximumHeader || (long)headerLength > contents.Length - sizeof(ulong))
            throw new FormatException("its header is longer than the file");
        int dataStart = sizeof(ulong) + (int)headerLength;
        using JsonDocument header = JsonDocument.Parse(contents.AsMemory(sizeof(ulong), (int)headerLength));
        TrainingState? state = null;
        Dictionary<string, float[]> tensors = [];
        foreach (JsonProperty entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == MetadataKey)
            {
                state = JsonSerializer.Deserialize<TrainingState>(entry.Value.GetProperty(StateKey).GetString()!);
                continue;
            }

            JsonElement offsets = entry.Value.GetProperty("data_offsets");
            int start = offsets[0].GetInt32(), end = offsets[1].GetInt32();
            tensors[entry.Name] = MemoryMarshal.Cast<byte, float>(contents.AsSpan(dataStart)[start..end]).ToArray();
        }

        return new(state ?? throw new FormatException("it has no state"), tensors);
    }

    private static string UserCache() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
}
