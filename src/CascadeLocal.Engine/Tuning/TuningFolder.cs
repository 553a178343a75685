using System.Text.Json;
using System.Text.Json.Serialization;

using CascadeLocal.Engine.Gguf;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Tuning;

/// <summary>A tuning as it is kept: a file for each.</summary>
public sealed record SavedTuning
{
    /// <summary>Of the file and of what is measured: an older tuning is none.</summary>
    internal const int CurrentFormat = 1;

    /// <summary>The format it was written in.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>What it holds for.</summary>
    public required TuningKey Key { get; init; }

    /// <summary>When it was measured.</summary>
    public required DateTimeOffset TunedAt { get; init; }

    /// <summary>What was found.</summary>
    public required TunedSettings Settings { get; init; }

    /// <summary>What is wrong with it as one of this key; null for nothing.</summary>
    internal string? Problem(TuningKey key) =>
        Format != CurrentFormat ? $"it is of format {Format}, not {CurrentFormat}"
        : Key != key ? "it is of another model or machine"
        : Settings.Problem;
}

/// <summary>The tunings of this machine, in a folder. What cannot be used there is as if it were not. Thread-safe.</summary>
/// <param name="path">The folder; it is made when a tuning is saved.</param>
/// <param name="logger">Told what cannot be used.</param>
public sealed class TuningFolder(string path, ILogger logger)
{
    /// <summary>Where the user's are.</summary>
    public static string Default => UserCache.Folder("tunings");

    /// <summary>The tuning of that key; null where there is none that can be used.</summary>
    public SavedTuning? Find(TuningKey key)
    {
        string file = FileOf(key);
        try
        {
            if (!Path.Exists(file))
                return null;
            RegularFile.Require(file); // opening a FIFO would wait for ever
            SavedTuning? tuning = JsonSerializer.Deserialize(File.ReadAllBytes(file), TuningJson.Default.SavedTuning);
            string? problem = tuning is null ? "it is empty" : tuning.Problem(key);
            if (problem is null)
                return tuning;
            logger.LogWarning("The tuning {File} is ignored: {Reason}", file, problem);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ModelLoadException)
        {
            logger.LogWarning("The tuning {File} is ignored: {Reason}", file, e.Message);
        }

        return null;
    }

    /// <summary>Keeps a tuning in place of an earlier one of its key; whoever reads sees one or the other, whole.</summary>
    /// <returns>Its file.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public string Save(SavedTuning tuning)
    {
        Directory.CreateDirectory(path);
        string file = FileOf(tuning.Key);
        string unfinished = Path.Combine(path, Path.GetRandomFileName());
        try
        {
            File.WriteAllBytes(unfinished, JsonSerializer.SerializeToUtf8Bytes(tuning, TuningJson.Default.SavedTuning));
            File.Move(unfinished, file, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }

        return file;
    }

    internal string FileOf(TuningKey key) =>
        Path.Combine(path, TuningKey.Hash(FormattableString.Invariant($"{SavedTuning.CurrentFormat}\n{key.Model}\n{key.Machine}\n{key.Served}"))[..32] + ".json");
}

/// <summary>How tunings are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
[JsonSerializable(typeof(SavedTuning))]
internal sealed partial class TuningJson : JsonSerializerContext;
