using System.Buffers.Binary;
using System.Text;

namespace CascadeLocal.Engine.Gguf;

/// <summary>The first eight bytes: is this a GGUF file at all, and one of a version that can be read?</summary>
internal static class GgufPreamble
{
    private const uint Magic = 0x46554747; // "GGUF", read as little-endian

    // What a failed download leaves behind instead of a model, compared in lower case.
    private static readonly string[] PageStarts = ["<!doctype", "<html", "<head", "<?xml", "<!--"];

    public static void Check(GgufReader reader)
    {
        if (reader.Length == 0)
            throw reader.Failure("file", "is empty");
        string start = reader.ReadText((int)Math.Min(64, reader.Length), Encoding.Latin1, "file");
        string text = start.TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n');
        if (PageStarts.Any(page => text.StartsWith(page, StringComparison.OrdinalIgnoreCase)))
            throw reader.Failure("magic", "is an HTML page, not a model: the download probably failed");
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
            throw reader.Failure("magic", "is a Git LFS pointer, not the model itself: fetch it with git lfs pull");
        if (text.StartsWith('{'))
            throw reader.Failure("magic", "is JSON text, not a model: the download probably failed");

        reader.Seek(0);
        uint magic = reader.ReadUInt32("magic");
        if (magic != Magic)
            throw reader.Failure("magic", $"starts with '{Printable(start[..4])}', not with 'GGUF': no GGUF model");

        uint version = reader.ReadUInt32("version");
        if (version is 2 or 3)
            return;
        throw reader.Failure("version", BinaryPrimitives.ReverseEndianness(version) is 1 or 2 or 3
            ? "the file is big-endian, which is not supported"
            : $"GGUF version {version:N0} is not supported (2 and 3 are)");
    }

    private static string Printable(string text) =>
        string.Concat(text.Select(c => c is > ' ' and < '\u007F' ? c : '?'));
}
