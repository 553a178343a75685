using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

using CascadeLocal.Engine.Gguf;

namespace CascadeLocal.Engine.Native;

/// <summary>What a shared library says of itself, read without loading it (System V ABI, ELF-64).</summary>
/// <param name="Path">Its file.</param>
/// <param name="Needed">Libraries that the linker loads with it.</param>
/// <param name="SearchPath">Folders where it looks for them first, absolute.</param>
/// <param name="Exports">Names that others may call.</param>
internal sealed record ElfLibrary(string Path, IReadOnlyList<string> Needed, IReadOnlyList<string> SearchPath, IReadOnlySet<string> Exports)
{
    private const int HeaderBytes = 64;
    private const int SectionBytes = 64;
    private const int SymbolBytes = 24;
    private const int EntryBytes = 16;
    private const ushort SharedObject = 3;
    private const uint DynamicSection = 6;
    private const uint SymbolSection = 11;

    /// <summary>No table of a sound library comes near it.</summary>
    private const long LargestTable = 1 << 28;

    private static readonly Dictionary<ushort, (string Name, Architecture Architecture)> Machines = new()
    {
        [3] = ("x86 (32 bits)", Architecture.X86), [40] = ("Arm (32 bits)", Architecture.Arm), [62] = ("x86-64", Architecture.X64),
        [183] = ("Arm64", Architecture.Arm64), [243] = ("RISC-V", Architecture.RiscV64), [258] = ("LoongArch", Architecture.LoongArch64),
    };

    /// <exception cref="LlamaLibraryException">It is no shared library for this machine.</exception>
    public static ElfLibrary Read(string path)
    {
        if (RegularFile.WhatElse(path) is { } kind)
            throw new LlamaLibraryException($"{path} is {kind}, not a regular file");
        if (!File.Exists(path))
            throw new LlamaLibraryException($"{path} is not there");
        try
        {
            using FileStream file = File.OpenRead(path);
            return Read(path, file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LlamaLibraryException($"{path} cannot be read: {error.Message}", error);
        }
    }

    private static ElfLibrary Read(string path, FileStream file)
    {
        if (file.Length < HeaderBytes)
            throw new LlamaLibraryException($"{path} is no shared library: it does not begin as an ELF file does");
        byte[] header = At(file, 0, HeaderBytes);
        if (!header.AsSpan(0, 4).SequenceEqual("\u007fELF"u8))
            throw new LlamaLibraryException($"{path} is no shared library: it does not begin as an ELF file does");
        ushort number = U16(header, 18);
        (string name, Architecture? architecture) = Machines.TryGetValue(number, out (string Name, Architecture Architecture) machine)
            ? (machine.Name, machine.Architecture)
            : ($"machine {number} of ELF", (Architecture?)null);
        bool isLittleEndian64 = header[4] == 2 && header[5] == 1;
        if (architecture != RuntimeInformation.ProcessArchitecture || !isLittleEndian64)
        {
            string here = Machines.Values.FirstOrDefault(known => known.Architecture == RuntimeInformation.ProcessArchitecture).Name ?? "another one";
            throw new LlamaLibraryException($"{path} is built for {name}, and this machine is {here}");
        }

        if (U16(header, 16) != SharedObject)
            throw new LlamaLibraryException($"{path} is no shared library: build llama.cpp with -DBUILD_SHARED_LIBS=ON");
        byte[][] sections = Sections(path, file, header);
        byte[] symbols = sections.FirstOrDefault(section => U32(section, 4) == SymbolSection) ?? throw Broken(path, "has no table of symbols");
        byte[] entries = sections.FirstOrDefault(section => U32(section, 4) == DynamicSection) ?? throw Broken(path, "has no table of what it needs");
        (List<string> needed, List<string> search) = Dependencies(path, Content(file, entries), Strings(path, file, sections, entries));
        return new ElfLibrary(path, needed, search, Exported(path, Content(file, symbols), Strings(path, file, sections, symbols)));
    }

    private static byte[][] Sections(string path, FileStream file, byte[] header)
    {
        int count = U16(header, 60);
        if (count == 0 || U16(header, 58) != SectionBytes)
            throw Broken(path, "has no table of sections");
        byte[] table = At(file, (long)U64(header, 40), (long)count * SectionBytes);
        return [.. Enumerable.Range(0, count).Select(i => table.AsSpan(i * SectionBytes, SectionBytes).ToArray())];
    }

    private static (List<string> Needed, List<string> SearchPath) Dependencies(string path, byte[] entries, byte[] strings)
    {
        const ulong Library = 1, OldSearchPath = 15, SearchPath = 29;
        List<string> needed = [];
        List<string> search = [];
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        for (int at = 0; at + EntryBytes <= entries.Length; at += EntryBytes)
        {
            ulong tag = U64(entries, at);
            if (tag == Library)
                needed.Add(Text(path, strings, U64(entries, at + 8)));
            else if (tag is OldSearchPath or SearchPath)
                search.AddRange(Text(path, strings, U64(entries, at + 8)).Split(':', StringSplitOptions.RemoveEmptyEntries).Select(Expand));
        }

        return (needed, search);

        string Expand(string place) =>
            place.Replace("${ORIGIN}", folder, StringComparison.Ordinal).Replace("$ORIGIN", folder, StringComparison.Ordinal);
    }

    private static HashSet<string> Exported(string path, byte[] symbols, byte[] strings)
    {
        const int Global = 1, Weak = 2, Default = 0, Protected = 3;
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int at = 0; at + SymbolBytes <= symbols.Length; at += SymbolBytes)
        {
            bool isDefined = U16(symbols, at + 6) != 0;
            if (isDefined && symbols[at + 4] >> 4 is Global or Weak && (symbols[at + 5] & 3) is Default or Protected)
                names.Add(Text(path, strings, U32(symbols, at)));
        }

        return names;
    }

    private static byte[] Strings(string path, FileStream file, byte[][] sections, byte[] section) =>
        U32(section, 40) is var index && index < sections.Length ? Content(file, sections[index]) : throw Broken(path, "has a table without names");

    private static byte[] Content(FileStream file, byte[] section) => At(file, (long)U64(section, 24), (long)U64(section, 32));

    private static byte[] At(FileStream file, long offset, long length)
    {
        if (offset < 0 || length is < 0 or > LargestTable || offset > file.Length - length)
            throw Broken(file.Name, "ends before what it says it holds");
        byte[] bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static string Text(string path, byte[] strings, ulong offset)
    {
        if (offset >= (ulong)strings.Length)
            throw Broken(path, "has a name outside its table");
        ReadOnlySpan<byte> rest = strings.AsSpan((int)offset);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static LlamaLibraryException Broken(string path, string how) => new($"{path} is damaged: it {how}");

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong U64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}

/// <summary>A libllama cannot be used; the message says which and why, without a full stop.</summary>
public sealed class LlamaLibraryException(string message, Exception? inner = null) : Exception(message, inner);
