namespace CascadeLocal.Routing.Policies;

/// <summary>A policy cannot be used; the message names the file, the field and what is wrong.</summary>
public sealed class PolicyException : Exception
{
    /// <param name="file">The file at fault.</param>
    /// <param name="field">The path of the field, such as <c>models.A.errors.0</c>, or empty for the whole file.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="inner">What showed it.</param>
    public PolicyException(string file, string field, string problem, Exception? inner = null)
        : base(field.Length == 0 ? $"{file}: {problem}" : $"{file}: {field}: {problem}", inner)
    {
        File = file;
        Field = field;
    }

    /// <summary>The file at fault.</summary>
    public string File { get; }

    /// <summary>The path of the field, or empty.</summary>
    public string Field { get; }
}
