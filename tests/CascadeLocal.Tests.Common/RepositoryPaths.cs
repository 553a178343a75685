namespace CascadeLocal.Tests.Common;

/// <summary>Where things are, seen from a test's output folder.</summary>
public static class RepositoryPaths
{
    /// <summary>The folder with CascadeLocal.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The tier that the repository ships.</summary>
    public static string DefaultTier => Path.Combine(Root, "models", "default");

    /// <summary>The built program, as <c>./build.sh build</c> leaves it.</summary>
    public static string Program => Path.Combine(Root, "bin", "cascade");

    /// <summary>Shared data beside the checkout, or null; what needs it skips with that as the reason.</summary>
    public static string? Shared
    {
        get
        {
            string path = Path.Combine(Root, "..", "shared");
            return Directory.Exists(path) ? Path.GetFullPath(path) : null;
        }
    }

    /// <summary>The published model, from CASCADE_TEST_MODELS or the shared folder, or null.</summary>
    public static string? SmolLm2
    {
        get
        {
            string? folder = Environment.GetEnvironmentVariable("CASCADE_TEST_MODELS")
                ?? (Shared is { } shared ? Path.Combine(shared, "models") : null);
            if (folder is null)
                return null;
            string path = Path.Combine(folder, "SmolLM2-135M-Instruct.Q4_1.gguf");
            return File.Exists(path) ? path : null;
        }
    }

    /// <summary>Why tests on the published model are skipped.</summary>
    public const string SmolLm2Missing =
        "SmolLM2-135M-Instruct.Q4_1.gguf is neither in ../shared/models nor in the folder CASCADE_TEST_MODELS names";

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "CascadeLocal.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException($"CascadeLocal.sln is not above {AppContext.BaseDirectory}");
    }
}
