using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// Tells what a path leads to before it is opened: opening a FIFO waits for a writer, for ever, and a device may have no
/// end. .NET's own file functions do not say.
/// </summary>
public static partial class RegularFile
{
    private const int CurrentFolder = -100;
    private const uint TypeAndMode = 1;
    private const uint Owner = 8;
    private const int TypeBits = 0xF000;

    // struct statx is the same on every Linux, unlike struct stat.
    private const int StatxBytes = 256;
    private const int OwnerOffset = 20;
    private const int ModeOffset = 28;

    /// <exception cref="ModelLoadException">Something is at <paramref name="path"/> that is no regular file.</exception>
    public static void Require(string path)
    {
        if (WhatElse(path) is { } kind)
            throw new ModelLoadException(path, "file", $"is {kind}, not a regular file");
    }

    /// <summary>What is at <paramref name="path"/> (or where its link leads) if that is no regular file; null where it is one, or where nothing is.</summary>
    public static string? WhatElse(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Directory.Exists(path) ? "a folder" : null;
        Span<byte> status = stackalloc byte[StatxBytes];
        if (statx(CurrentFolder, path, 0, TypeAndMode, ref MemoryMarshal.GetReference(status)) != 0)
            return null;
        return (MemoryMarshal.Read<ushort>(status[ModeOffset..]) & TypeBits) switch
        {
            0x8000 => null,
            0x4000 => "a folder",
            0x1000 => "a FIFO",
            0xC000 => "a socket",
            0x2000 or 0x6000 => "a device",
            _ => "of an unknown kind",
        };
    }

    /// <summary>Whether what is at <paramref name="path"/>, or where its link leads, is neither this user's nor root's. False where that cannot be known.</summary>
    public static bool IsOfAnotherUser(string path)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        Span<byte> status = stackalloc byte[StatxBytes];
        if (statx(CurrentFolder, path, 0, Owner, ref MemoryMarshal.GetReference(status)) != 0)
            return false;
        uint owner = MemoryMarshal.Read<uint>(status[OwnerOffset..]);
        return owner != 0 && owner != geteuid();
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, ref byte status);
}
