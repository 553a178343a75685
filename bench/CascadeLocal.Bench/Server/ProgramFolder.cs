namespace CascadeLocal.Bench.Server;

/// <summary>Where what is measured was built.</summary>
internal static class ProgramFolder
{
    /// <summary>The repository that this program was built in.</summary>
    public static string Repository()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "CascadeLocal.sln")))
            root = root.Parent;
        return root?.FullName ?? throw new ServerFailedException("this program is not in its repository");
    }

    /// <summary>The folder with the built cascade.dll.</summary>
    public static string Cascade()
    {
        string folder = Path.Combine(Repository(), "src", "CascadeLocal.Cli", "bin", "Release", "net10.0", "linux-x64");
        return File.Exists(Path.Combine(folder, "cascade.dll"))
            ? folder
            : throw new ServerFailedException($"{folder} has no cascade.dll; ./build.sh build makes it");
    }

    /// <summary>An empty folder for a measurement, inside the repository, so that the default tier is found from there.</summary>
    public static string Scratch(string name)
    {
        string folder = Path.Combine(Repository(), "artifacts", name);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    }
}
