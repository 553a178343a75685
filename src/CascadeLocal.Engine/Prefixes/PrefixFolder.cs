using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

using CascadeLocal.Engine.Native;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Prefixes;

/// <summary>
/// Prefixes on disk, so that they outlive the process: what a model has in the store when it is unloaded is written, and read when it is
/// loaded again. A folder for each model, a file for each prefix. llama.cpp trusts a state that it is given, so a file is used only where
/// its SHA-256 is right and it was written by the same model, served in the same way by the same library. The folder is readable by its owner
/// alone and belongs to one process at a time.
/// </summary>
public sealed class PrefixFolder : IDisposable
{
    private const string Ending = ".prefix";
    private const string Unfinished = ".unfinished";
    private const int HashLength = SHA256.HashSizeInBytes;
    private const int BlockLength = 1 << 20;

    private static readonly byte[] Magic = "CascadeLocal prefix 1\n"u8.ToArray();

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly FileStream _owned;

    // Members on one file may be unloaded at once.
    private readonly Lock _writing = new();

    /// <summary>Makes the folder if need be, and takes it for this process.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="logger">Told what was read and written, and what could not be.</param>
    /// <exception cref="PrefixFolderException">It cannot be used, or another process has it.</exception>
    public PrefixFolder(string path, ILogger logger)
    {
        (_path, _logger) = (Path.GetFullPath(path), logger);
        try
        {
            CreatePrivate(path);
            _owned = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PrefixFolderException($"The folder for prefixes {path} cannot be used, or another process has it: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    /// <summary>Reads a model's prefixes, those first that were used last. What cannot be used is deleted.</summary>
    /// <param name="model">Tells the model, and how it is served, from others.</param>
    /// <param name="longest">The most tokens of one.</param>
    /// <param name="most">The most bytes of states together.</param>
    internal List<PrefixFile> Read(string model, int longest, long most)
    {
        List<PrefixFile> read = [];
        Try(() => ReadAll(model, longest, most, read), FolderOf(model));
        if (read.Count > 0)
            _logger.LogInformation("{Count} prefixes of {Bytes:N0} bytes were read from {Path}", read.Count, read.Sum(prefix => prefix.State.Length), FolderOf(model));
        return read;
    }

    /// <summary>
    /// Writes prefixes of a model, deletes those of the ones that were read that are not among them, and of all files those written longest
    /// ago where it is too much together. What another member has written or used meanwhile, that is served from the same file in the same
    /// way, stays.
    /// </summary>
    /// <param name="model">Tells the model, and how it is served, from others.</param>
    /// <param name="prefixes">Those that were used last at the end.</param>
    /// <param name="read">When the files that were read were written, by path.</param>
    /// <param name="most">The most bytes of all files.</param>
    internal void Write(string model, IReadOnlyList<StoredPrefix> prefixes, IReadOnlyDictionary<string, DateTime> read, long most)
    {
        using Lock.Scope scope = _writing.EnterScope();
        Try(() => WriteAll(model, prefixes, read, most), FolderOf(model));
    }

    private static FileInfo[] Files(string folder, string ending = Ending) =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles("*" + ending, SearchOption.AllDirectories) : [];

    private void ReadAll(string model, int longest, long most, List<PrefixFile> read)
    {
        long bytes = 0;
        foreach (FileInfo file in Files(FolderOf(model)).OrderByDescending(file => file.LastWriteTimeUtc))
        {
            if (bytes + file.Length > most)
                continue;
            if (Try(() => read.Add(Read(file.FullName, model, longest) with { Path = file.FullName, Written = file.LastWriteTimeUtc }), file.FullName))
                bytes += read[^1].State.Length;
            else
                Try(file.Delete, file.FullName);
        }
    }

    private void WriteAll(string model, IReadOnlyList<StoredPrefix> prefixes, IReadOnlyDictionary<string, DateTime> read, long most)
    {
        string folder = FolderOf(model);
        foreach (FileInfo file in Files(folder, Unfinished))
            file.Delete();
        HashSet<string> kept = new(StringComparer.Ordinal);
        DateTime now = DateTime.UtcNow;
        // The last used ones first: there may not be time for all.
        for (int i = prefixes.Count - 1; i >= 0; i--)
        {
            StoredPrefix prefix = prefixes[i];
            string path = Path.Combine(folder, NameOf(prefix.Salt, prefix.Tokens));
            // Files are of the order of use, whenever they were written.
            DateTime used = now.AddMilliseconds(i - prefixes.Count);
            Try(() => Write(path, model, prefix, used), path);
            kept.Add(path);
        }

        foreach (FileInfo file in Files(folder).Where(file => !kept.Contains(file.FullName)))
        {
            if (read.TryGetValue(file.FullName, out DateTime written) && written == file.LastWriteTimeUtc)
                Try(file.Delete, file.FullName);
        }

        FileInfo[] all = [.. Files(_path).OrderBy(file => kept.Contains(file.FullName)).ThenBy(file => file.LastWriteTimeUtc)];
        long bytes = all.Sum(file => file.Length);
        foreach (FileInfo file in all.TakeWhile(_ => bytes > most))
        {
            bytes -= file.Length;
            Try(file.Delete, file.FullName);
        }

        _logger.LogInformation("{Count} prefixes are kept in {Path}", kept.Count, folder);
    }

    private static string NameOf(string salt, int[] tokens)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(salt));
        hash.AppendData([0]);
        hash.AppendData(MemoryMarshal.AsBytes(tokens.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset()) + Ending;
    }

    private string FolderOf(string model) => Path.Combine(_path, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(model)))[..32]);

    // Magic, SHA-256 of all that follows, then the head (lengths first), the tokens and the state.
    private static void Write(string path, string model, StoredPrefix prefix, DateTime used)
    {
        if (File.Exists(path))
        {
            File.SetLastWriteTimeUtc(path, used);
            return;
        }

        string unfinished = path + Unfinished;
        CreatePrivate(Path.GetDirectoryName(path)!);
        using (FileStream file = new(unfinished, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(Magic);
            file.Write(new byte[HashLength]);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            void Append(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                file.Write(bytes);
            }

            Append(HeadOf(model, prefix.Salt, prefix.Tokens.Length, prefix.State.Length));
            Append(MemoryMarshal.AsBytes(prefix.Tokens.AsSpan()));
            for (long at = 0; at < prefix.State.Length; at += BlockLength)
                Append(prefix.State.Slice(at, (int)Math.Min(BlockLength, prefix.State.Length - at)));
            file.Position = Magic.Length;
            file.Write(hash.GetHashAndReset());
        }

        File.SetLastWriteTimeUtc(unfinished, used);
        File.Move(unfinished, path, overwrite: true);
    }

    private static PrefixFile Read(string path, string model, int longest)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        byte[] start = new byte[Magic.Length + HashLength];
        file.ReadExactly(start);
        Require(start.AsSpan(0, Magic.Length).SequenceEqual(Magic), "it is of another format");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] Take(long length)
        {
            Require(length >= 0 && length <= file.Length - file.Position, "it ends too early");
            byte[] bytes = new byte[length];
            file.ReadExactly(bytes);
            hash.AppendData(bytes);
            return bytes;
        }

        byte[] lengths = Take((3 * sizeof(int)) + sizeof(long));
        int modelLength = BinaryPrimitives.ReadInt32LittleEndian(lengths);
        int saltLength = BinaryPrimitives.ReadInt32LittleEndian(lengths.AsSpan(sizeof(int)));
        int tokenCount = BinaryPrimitives.ReadInt32LittleEndian(lengths.AsSpan(2 * sizeof(int)));
        long stateLength = BinaryPrimitives.ReadInt64LittleEndian(lengths.AsSpan(3 * sizeof(int)));
        Require(Encoding.UTF8.GetString(Take(modelLength)) == model, "it is of another model");
        string salt = Encoding.UTF8.GetString(Take(saltLength));
        Require(tokenCount is >= ModelPrefixes.MinTokens && tokenCount <= longest, "it does not fit into the context");
        int[] tokens = MemoryMarshal.Cast<byte, int>(Take((long)tokenCount * sizeof(int))).ToArray();
        Require(stateLength > 0 && stateLength == file.Length - file.Position, "it is not as long as it says");
        StateBuffer state = new(stateLength);
        try
        {
            for (long at = 0; at < stateLength; at += BlockLength)
            {
                Span<byte> block = state.Slice(at, (int)Math.Min(BlockLength, stateLength - at));
                file.ReadExactly(block);
                hash.AppendData(block);
            }

            Require(CryptographicOperations.FixedTimeEquals(hash.GetHashAndReset(), start.AsSpan(Magic.Length)), "its checksum is wrong");
            return new(salt, tokens, state);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private static byte[] HeadOf(string model, string salt, int tokens, long state)
    {
        byte[] modelBytes = Encoding.UTF8.GetBytes(model), saltBytes = Encoding.UTF8.GetBytes(salt);
        byte[] lengths = new byte[(3 * sizeof(int)) + sizeof(long)];
        BinaryPrimitives.WriteInt32LittleEndian(lengths, modelBytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths.AsSpan(sizeof(int)), saltBytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(lengths.AsSpan(2 * sizeof(int)), tokens);
        BinaryPrimitives.WriteInt64LittleEndian(lengths.AsSpan(3 * sizeof(int)), state);
        return [.. lengths, .. modelBytes, .. saltBytes];
    }

    private static void Require(bool holds, string reason)
    {
        if (!holds)
            throw new InvalidDataException(reason);
    }

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // A cache that cannot be read or written costs time and nothing else.
    private bool Try(Action work, string path)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or OutOfMemoryException)
        {
            _logger.LogWarning("The prefix in {Path} cannot be kept or used: {Reason}", path, e.Message);
            return false;
        }
    }
}

/// <summary>A prefix that was read.</summary>
/// <param name="Salt">Whose it is.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="State">What llama.cpp holds of them; the reader's to free.</param>
internal sealed record PrefixFile(string Salt, int[] Tokens, StateBuffer State)
{
    /// <summary>Where it was.</summary>
    public string Path { get; init; } = "";

    /// <summary>When that was written.</summary>
    public DateTime Written { get; init; }
}

/// <summary>The folder cannot be used; the message says why.</summary>
public sealed class PrefixFolderException(string message, Exception? inner = null) : Exception(message, inner);
