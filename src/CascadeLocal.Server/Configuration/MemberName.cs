using System.Buffers;

namespace CascadeLocal.Server.Configuration;

/// <summary>What a model may be called: names travel in headers and addresses.</summary>
internal static class MemberName
{
    /// <summary>The name that stands for the whole pool.</summary>
    public const string Cascade = "cascade";

    private const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/@+");

    /// <exception cref="ConfigurationException">The name cannot be used.</exception>
    public static string Check(string name)
    {
        if (name.Length is 0 or > MaxLength || name.AsSpan().ContainsAnyExcept(Allowed))
            throw new ConfigurationException($"The model name '{name}' must have 1 to {MaxLength} letters, digits or . _ - : / @ +");
        if (name == Cascade)
            throw new ConfigurationException($"A model cannot be called '{Cascade}': that name stands for the whole pool.");
        return name;
    }

    /// <summary>The file's name without its ending; what a name may not hold becomes a dash.</summary>
    /// <exception cref="ConfigurationException">The name cannot be used.</exception>
    public static string FromFile(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return Check(string.Concat(name.Select(c => Allowed.Contains(c) ? c : '-')));
    }
}
