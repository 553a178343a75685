namespace CascadeLocal.Trainer.Commands;

/// <summary>Finds the repository that the program was built in.</summary>
internal static class RepositoryFolder
{
    /// <summary>The folder of the shipped tier.</summary>
    /// <exception cref="IOException">The program lies outside of the repository.</exception>
    public static string DefaultTier()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CascadeLocal.sln")))
            folder = folder.Parent;
        return folder is not null
            ? Path.Combine(folder.FullName, "models", "default")
            : throw new IOException("the program is outside of the repository: name the tier's folder with --out");
    }
}
