using System.Diagnostics.CodeAnalysis;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// What a GGUF file of any kind holds: metadata and the table of its tensors. Both were checked against the file's size;
/// what they mean was not.
/// </summary>
internal class GgufContainer
{
    private const int LongestReason = 1000;

    private readonly IReadOnlyDictionary<string, GgufValue> _metadata;
    private readonly Dictionary<string, GgufTensor> _tensors;

    protected GgufContainer(string path, long length, IReadOnlyDictionary<string, GgufValue> metadata, IReadOnlyList<GgufTensor> tensors)
    {
        Path = path;
        Length = length;
        Tensors = tensors;
        _metadata = metadata;
        _tensors = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>As another one, with the tensors and bytes of all files that belong together.</summary>
    protected GgufContainer(GgufContainer first, long length, IReadOnlyList<GgufTensor> tensors)
        : this(first.Path, length, first._metadata, tensors)
    {
    }

    /// <summary>The file; of a model in several, the first.</summary>
    public string Path { get; }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>The tensor table, in the file's order.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>All metadata keys.</summary>
    public IEnumerable<string> Keys => _metadata.Keys;

    /// <summary>Reads the file at <paramref name="path"/>.</summary>
    /// <exception cref="ModelLoadException">It cannot be read, or it is no sound GGUF file.</exception>
    public static GgufContainer Open(string path) => Open(path, (container, _) => container);

    /// <summary>Reads the file at <paramref name="path"/>, and makes something of it while it is open.</summary>
    /// <exception cref="ModelLoadException">It cannot be read, or it is no sound GGUF file.</exception>
    public static T Open<T>(string path, Func<GgufContainer, GgufReader, T> use)
    {
        try
        {
            RegularFile.Require(path);
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            GgufReader reader = new(path, handle, RandomAccess.GetLength(handle));
            var (metadata, tensors) = new GgufParser(reader).Parse();
            return use(new GgufContainer(path, reader.Length, metadata, tensors), reader);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelLoadException(path, "file", "does not exist", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ModelLoadException(path, "file", $"cannot be read: {exception.Message}", exception);
        }
    }

    public bool TryGet(string key, [NotNullWhen(true)] out GgufValue? value) => _metadata.TryGetValue(key, out value);

    public bool TryGetTensor(string name, [NotNullWhen(true)] out GgufTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>The text at <paramref name="key"/>, or null if there is none.</summary>
    public string? GetString(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (value.Type != GgufValueType.String)
            throw Failure(key, $"is {value.TypeName}, but must be String");
        return value.Text ?? throw Failure(key, "the string is too long");
    }

    /// <summary>The whole number of 0 to 2^31 - 1 at <paramref name="key"/>, or null if there is none.</summary>
    public int? GetCount(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (!value.Type.IsInteger())
            throw Failure(key, $"is {value.TypeName}, but must be a whole number");
        return ToCount(key, value.Numbers![0]);
    }

    /// <summary>As <see cref="GetCount(string)"/>, where llama.cpp takes one type of number alone.</summary>
    public int? GetCount(string key, GgufValueType type)
    {
        if (TryGet(key, out GgufValue? value) && value.Type != type)
            throw Failure(key, $"is {value.TypeName}, but must be {type}");
        return GetCount(key);
    }

    /// <summary>The finite number at <paramref name="key"/>, or null if there is none.</summary>
    public double? GetNumber(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (value.Type is GgufValueType.String or GgufValueType.Array or GgufValueType.Bool)
            throw Failure(key, $"is {value.TypeName}, but must be a number");
        double number = value.Numbers![0];
        return double.IsFinite(number) ? number : throw Failure(key, $"is {number}");
    }

    /// <summary>The elements of the array at <paramref name="key"/>, or null if there is none.</summary>
    public long? GetArrayLength(string key)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        return value.IsArray ? value.Count : throw Failure(key, $"is {value.TypeName}, but must be an array");
    }

    /// <summary>
    /// One count per layer: the array at <paramref name="key"/>, or its single number for all layers; null if there is none.
    /// </summary>
    public int[]? GetCountPerLayer(string key, int layers)
    {
        if (!TryGet(key, out GgufValue? value))
            return null;
        if (!value.IsArray)
            return [.. Enumerable.Repeat(GetCount(key)!.Value, layers)];
        if (!value.ElementType.IsInteger())
            throw Failure(key, $"is {value.TypeName}, but must be an array of whole numbers");
        if (value.Count != layers || value.Numbers is null)
            throw Failure(key, $"has {value.Count:N0} elements for {layers:N0} layers");
        return [.. value.Numbers.Select(number => ToCount(key, number))];
    }

    /// <summary>What is wrong with it. The reason may quote the file, so it is made fit to be shown: on one line, and not endless.</summary>
    public ModelLoadException Failure(string field, string reason)
    {
        string shown = string.Concat(reason.Select(c => char.IsControl(c) ? '?' : c));
        return new(Path, field, shown.Length > LongestReason ? string.Concat(shown.AsSpan(0, LongestReason), "...") : shown);
    }

    private int ToCount(string key, double number) =>
        number is >= 0 and <= int.MaxValue ? (int)number : throw Failure(key, $"is {number:N0}");
}
