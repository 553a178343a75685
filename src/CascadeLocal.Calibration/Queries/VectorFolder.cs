using CascadeLocal.Engine;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Queries;

/// <summary>Where the vectors of texts are kept between runs: beside the data, or in the user's cache where that is read-only.</summary>
public static class VectorFolder
{
    private const string Name = ".vectors";

    /// <summary>The vectors of texts, of which only those are embedded that an earlier run has not.</summary>
    /// <param name="data">The file or folder that the texts are from.</param>
    /// <param name="texts">One at least.</param>
    /// <param name="embedder">Who embeds.</param>
    /// <param name="progress">Told how many texts have their vectors.</param>
    /// <param name="cancellationToken">What is embedded until then is kept.</param>
    /// <exception cref="IOException">Vectors can be kept in neither place.</exception>
    public static Task<PointSet> EmbedAsync(
        string data, IReadOnlyList<string> texts, IEmbedder embedder, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        new VectorCache(Choose(data), embedder).EmbedAsync(texts, progress, cancellationToken);

    private static string Choose(string data)
    {
        string folder = Directory.Exists(data) ? data : Path.GetDirectoryName(Path.GetFullPath(data))!;
        string beside = Path.Combine(folder, Name);
        return CanWrite(beside) ? beside : UserCache.Folder("vectors");
    }

    private static bool CanWrite(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream probe = new(
                Path.Combine(folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
