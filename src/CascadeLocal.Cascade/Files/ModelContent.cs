using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CascadeLocal.Cascade.Files;

/// <summary>Tells one model's content from another's without reading tens of gigabytes.</summary>
public static class ModelContent
{
    private const int Blocks = 16;
    private const int BlockLength = 1 << 16;

    /// <summary>
    /// SHA-256 in hexadecimal over the file's length and 16 blocks spread evenly over it, the first and the last included.
    /// Every weight differs between two models, so the blocks tell them apart; it is no protection against forgery.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string Fingerprint(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
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
}
