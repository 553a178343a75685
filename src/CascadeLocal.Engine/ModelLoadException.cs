namespace CascadeLocal.Engine;

/// <summary>A model file cannot be served. The message names the file, the field and the reason.</summary>
public sealed class ModelLoadException : Exception
{
    /// <summary>Says why <paramref name="path"/> cannot be served.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="field">What in it is wrong: a metadata key, a tensor's name, a part of the header.</param>
    /// <param name="reason">What is wrong with it.</param>
    /// <param name="inner">What it was found by, if that was an exception.</param>
    public ModelLoadException(string path, string field, string reason, Exception? inner = null)
        : base($"{path}: {field}: {reason}", inner)
    {
        Path = path;
        Field = field;
        Reason = reason;
    }

    /// <summary>The model file.</summary>
    public string Path { get; }

    /// <summary>What in the file is wrong: a metadata key, a tensor's name, a part of the header.</summary>
    public string Field { get; }

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; }
}
