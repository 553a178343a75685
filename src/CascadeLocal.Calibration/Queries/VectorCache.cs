using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Queries;

/// <summary>
/// Vectors of texts, kept in one file per embedder, so that a text is embedded once. The file is a row of records, each the
/// SHA-256 of a text and its vector in float32; a record that a killed run has cut is dropped.
/// </summary>
public sealed class VectorCache
{
    /// <summary>Texts embedded between two writes: enough for the embedder to find batches of equal length.</summary>
    private const int TextsPerWrite = 512;

    private static readonly TimeSpan TimeBetweenLooks = TimeSpan.FromMilliseconds(200);

    private readonly IEmbedder _embedder;
    private readonly string _path;
    private readonly int _recordBytes;

    /// <summary>The cache of an embedder in a folder, which is made if it is not there.</summary>
    public VectorCache(string folder, IEmbedder embedder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(embedder);
        _embedder = embedder;
        _path = Path.Combine(folder, $"{embedder.Fingerprint.Replace(':', '-')}.vectors");
        _recordBytes = SHA256.HashSizeInBytes + (embedder.Dimensions * sizeof(float));
        Directory.CreateDirectory(folder);
    }

    /// <summary>The vectors of texts in their order; what the file lacks is embedded and added to it.</summary>
    /// <param name="texts">One at least.</param>
    /// <param name="progress">Told how many texts have their vectors.</param>
    /// <param name="cancellationToken">What is embedded until then is kept.</param>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    public async Task<PointSet> EmbedAsync(
        IReadOnlyList<string> texts, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        string[] keys = [.. texts.Select(KeyOf)];
        await using FileStream file = await OpenAsync(cancellationToken);
        Dictionary<string, float[]> known = Read(file);
        Dictionary<string, string> missing = [];
        for (int i = 0; i < keys.Length; i++)
        {
            if (!known.ContainsKey(keys[i]))
                missing[keys[i]] = texts[i];
        }

        int done = texts.Count - missing.Count;
        progress?.Report(done);
        foreach (KeyValuePair<string, string>[] chunk in missing.OrderBy(text => text.Value.Length).Chunk(TextsPerWrite))
        {
            float[][] vectors = await Task.WhenAll(chunk.Select(text => _embedder.EmbedAsync(text.Value, cancellationToken)));
            for (int i = 0; i < chunk.Length; i++)
            {
                known[chunk[i].Key] = vectors[i];
                Write(file, chunk[i].Key, vectors[i]);
            }

            await file.FlushAsync(cancellationToken);
            progress?.Report(done += chunk.Length);
        }

        return PointSet.Of([.. keys.Select(key => known[key])]);
    }

    // Another process that embeds the same texts is waited for: what it has written need not be embedded again.
    private async Task<FileStream> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeld(e))
            {
                await Task.Delay(TimeBetweenLooks, cancellationToken);
            }
        }
    }

    // .NET's locks are advisory locks of the system (EAGAIN, EWOULDBLOCK), or a sharing violation.
    private static bool IsHeld(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    private static string KeyOf(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private Dictionary<string, float[]> Read(FileStream file)
    {
        file.SetLength(file.Length / _recordBytes * _recordBytes);
        Dictionary<string, float[]> known = [];
        byte[] record = new byte[_recordBytes];
        while (file.Position < file.Length)
        {
            file.ReadExactly(record);
            string key = Convert.ToHexString(record, 0, SHA256.HashSizeInBytes);
            known[key] = MemoryMarshal.Cast<byte, float>(record.AsSpan(SHA256.HashSizeInBytes)).ToArray();
        }

        return known;
    }

    private static void Write(FileStream file, string key, float[] vector)
    {
        file.Write(Convert.FromHexString(key));
        file.Write(MemoryMarshal.AsBytes<float>(vector));
    }
}
