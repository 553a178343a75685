using System.Security.Cryptography;

namespace CascadeLocal.Engine.Gguf;

/// <summary>Tells two versions of a model's weights apart where only some tensors differ, without reading them whole.</summary>
public static class TensorFingerprint
{
    private const int BlockLength = 1 << 12;
    private const int BlocksPerTensor = 3;
    private const int DefaultAlignment = 32;

    /// <summary>
    /// SHA-256 in hexadecimal over 4 KiB at the beginning, in the middle and at the end of every tensor; null where a file cannot be read or
    /// is no sound GGUF file. It is no protection against forgery.
    /// </summary>
    /// <param name="paths">The files.</param>
    public static string? Of(IEnumerable<string> paths)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            foreach (string path in paths)
                GgufContainer.Open(path, (file, reader) => Append(hash, file, DataOffset(file, reader)));
        }
        catch (Exception e) when (e is ModelLoadException or IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Behind the tensor table, where the reader stands now.
    private static long DataOffset(GgufContainer file, GgufReader reader)
    {
        long alignment = file.GetCount("general.alignment") ?? DefaultAlignment;
        return (reader.Position + alignment - 1) & -alignment;
    }

    private static bool Append(IncrementalHash hash, GgufContainer container, long dataOffset)
    {
        using var handle = File.OpenHandle(container.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        byte[] block = new byte[BlockLength];
        foreach (GgufTensor tensor in container.Tensors)
        {
            long last = Math.Max(0, tensor.Bytes - BlockLength);
            for (int i = 0; i < BlocksPerTensor; i++)
            {
                int length = (int)Math.Min(BlockLength, tensor.Bytes);
                hash.AppendData(block, 0, RandomAccess.Read(handle, block.AsSpan(0, length), dataOffset + tensor.Offset + (last * i / (BlocksPerTensor - 1))));
            }
        }

        return true;
    }
}
