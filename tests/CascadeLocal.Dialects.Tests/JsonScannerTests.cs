using System.Text;
using System.Text.Json;

using CsCheck;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

public sealed class JsonScannerTests
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"a\"", "\"\\u00e9\\n\"", "\"\\x\"", "\"\\u12\"", "\"", "1", "0", "-", "01", "1.5", ".", "e", "E+3", "-0.0e-1", "true", "false", "null", "nul", " ", "\n", "\"k\":", "[1,", "{\"a\":1}",
    ];

    [Fact]
    public void JSON_stays_as_it_is_and_what_else_is_accepted_becomes_JSON()
    {
        int accepted = 0, mended = 0;
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 7].Select(string.Concat).Sample(
            text =>
            {
                bool isJson = IsJson(text);
                string read = text.TrimEnd(' ', '\n');
                string? written = Write(read);
                accepted += isJson ? 1 : 0;
                mended += written is not null && written != read ? 1 : 0;
                Assert.Equal(isJson, written == read);
                Assert.True(written is null || IsJson(written), written);
            },
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);
        Assert.True(accepted > 500, $"{accepted} were JSON");
        Assert.True(mended > 100, $"{mended} became JSON");
    }

    [Fact]
    public void Depth_is_bounded()
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.NotNull(Write(Nested(JsonScanner.MaxDepth)));
        Assert.Null(Write(Nested(JsonScanner.MaxDepth + 1)));
    }

    [Theory]
    [InlineData("it\\'s", "it\\\\'s")]
    [InlineData("\\d\\_\\\\", "\\\\d\\\\_\\\\")]
    [InlineData("\\users \\u00e", "\\\\users \\\\u00e")]
    [InlineData("\\u12\\u\\n", "\\\\u12\\\\u\\n")]
    [InlineData("a\nb\\\nc\u0001", "a\\nb\\\\\\nc\\u0001")]
    public void In_a_string_what_is_no_escape_is_a_backslash(string read, string written) => Assert.Equal($"\"{written}\"", Write($"\"{read}\""));

    private static string? Write(string text)
    {
        JsonScanner scanner = new();
        scanner.Reset();
        StringBuilder written = new();
        JsonProgress progress = JsonProgress.Inside;
        int read = 0;
        while (read < text.Length && progress == JsonProgress.Inside)
        {
            progress = scanner.Push(text[read++]);
            written.Append(scanner.Written);
        }

        bool isWhole = progress == JsonProgress.Complete || (progress == JsonProgress.Inside && scanner.Push(-1) == JsonProgress.CompleteBefore);
        return isWhole && read == text.Length ? written.ToString() : null;
    }

    private static bool IsJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
