using System.Security.Cryptography;

namespace CascadeLocal.Cascade.Files;

/// <summary>What tells two versions of a file apart at little cost.</summary>
/// <param name="Length">Size in bytes.</param>
/// <param name="LastWriteUtc">When it was last written.</param>
internal sealed record ModelFileFingerprint(long Length, DateTime LastWriteUtc)
{
    /// <summary>Null where the file cannot be looked at.</summary>
    public static ModelFileFingerprint? TryRead(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Exists ? new(file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>SHA-256 of the content, or null where it cannot be read.</summary>
    public static async Task<byte[]?> TryHashAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            FileStream stream = new(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.Asynchronous);
            await using (stream)
                return await SHA256.HashDataAsync(stream, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
