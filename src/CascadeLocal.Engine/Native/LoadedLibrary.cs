namespace CascadeLocal.Engine.Native;

/// <summary>Finds a shared library that this process has already mapped.</summary>
internal static class LoadedLibrary
{
    /// <summary>The path of the mapped library whose file is called <paramref name="fileName"/>.</summary>
    /// <exception cref="DllNotFoundException">It is not mapped.</exception>
    public static string FindPath(string fileName)
    {
        string ending = "/" + fileName;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            int start = line.IndexOf('/', StringComparison.Ordinal);
            if (start >= 0 && line.EndsWith(ending, StringComparison.Ordinal))
                return line[start..];
        }

        throw new DllNotFoundException($"{fileName} is not loaded into this process.");
    }
}
