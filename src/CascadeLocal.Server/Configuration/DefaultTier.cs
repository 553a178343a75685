namespace CascadeLocal.Server.Configuration;

/// <summary>The models that ship with the program.</summary>
internal static class DefaultTier
{
    /// <summary>The GGUF files of the first folder models/default at or above <paramref name="folder"/>, by name.</summary>
    public static IReadOnlyList<string> Find(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            string tier = Path.Combine(at.FullName, "models", "default");
            if (!Directory.Exists(tier))
                continue;
            string[] files = Directory.GetFiles(tier, "*.gguf");
            Array.Sort(files, StringComparer.Ordinal);
            if (files.Length > 0)
                return files;
        }

        return [];
    }
}
