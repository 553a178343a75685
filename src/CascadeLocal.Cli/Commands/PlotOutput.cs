namespace CascadeLocal.Cli.Commands;

/// <summary>--plot: a file that is drawn after long work, and tried before it.</summary>
internal static class PlotOutput
{
    /// <summary>Tries whether the file can be written, and leaves it as it is; null is no plot.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public static void Check(string? path) => Write(path, file =>
    {
        bool isNew = !File.Exists(file);
        File.Open(file, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
        if (isNew)
            File.Delete(file);
    });

    /// <summary>Draws it; null is no plot.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public static void Write(string? path, Action<string> save)
    {
        if (path is null)
            return;
        try
        {
            save(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{path}: the plot cannot be written: {e.Message}");
        }
    }
}
