using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Cascade.Pool;

/// <summary>Tells one model's content from another's without reading tens of gigabytes.</summary>
public static class ModelContent
{
    private const int Blocks = 16;
    private const int BlockLength = 1 << 16;

    /// <summary>
    /// SHA-256 in hexadecimal over the file's length and 16 blocks spread evenly over it, the first and the last included.
    /// It tells models apart of which most weights differ, and is what policies and tunings name; it is no protection against forgery.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ModelLoadException">The path leads to no regular file.</exception>
    public static string Fingerprint(string path)
    {
        // Opening a FIFO would wait for ever.
        RegularFile.Require(path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        return FingerprintOf(file);
    }

    /// <summary>
    /// Tells what a model is loaded from from other things: <see cref="Fingerprint(string)"/> of its file; where it is in several files,
    /// or changed by adapters, a SHA-256 over the fingerprints of all of these and the adapters' scales.
    /// </summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="ModelLoadException">A path leads to no regular file.</exception>
    public static string Fingerprint(ModelOptions model)
    {
        if (FilesOf(model) is [string only])
            return Fingerprint(only);
        StringBuilder all = new();
        foreach (string part in SplitModel.FilesByName(model.Path))
            all.Append(Fingerprint(part)).Append('\n');
        foreach (LoraOptions adapter in model.Lora)
            all.Append(CultureInfo.InvariantCulture, $"{Fingerprint(adapter.Path)} {adapter.Scale:R}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())));
    }

    /// <summary>The files that a model is loaded from.</summary>
    internal static IReadOnlyList<string> FilesOf(ModelOptions model) =>
        [.. SplitModel.FilesByName(model.Path), .. model.Lora.Select(adapter => adapter.Path)];

    /// <summary>As <see cref="Fingerprint(string)"/>, of an open file.</summary>
    internal static string FingerprintOf(Stream file)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, file.Length);
        hash.AppendData(length);
        byte[] block = new byte[BlockLength];
        long last = Math.Max(0, file.Length - BlockLength);
        for (int i = 0; i < Blocks; i++)
        {
            file.Position = last * i / (Blocks - 1);
            hash.AppendData(block, 0, file.ReadAtLeast(block, BlockLength, throwOnEndOfStream: false));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// A model's fingerprint with its <see cref="TensorFingerprint"/>: it also tells apart two versions of a model of which only some tensors
    /// differ, such as one that was merged with another adapter. Null where there is no fingerprint.
    /// </summary>
    internal static string? Whole(ModelOptions model, string? fingerprint) =>
        fingerprint is null ? null : $"{fingerprint} {TensorFingerprint.Of(FilesOf(model))}";

    /// <summary>As <see cref="Fingerprint(ModelOptions)"/>; null where a file cannot be read.</summary>
    public static string? TryFingerprint(ModelOptions model)
    {
        try
        {
            return Fingerprint(model);
        }
        catch (Exception e) when (e is ModelLoadException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
