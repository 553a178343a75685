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
    public void It_accepts_what_JSON_is_and_nothing_else()
    {
        int accepted = 0;
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 7].Select(string.Concat).Sample(
            text =>
            {
                bool isJson = IsJson(text);
                accepted += isJson ? 1 : 0;
                Assert.Equal(isJson, Accepts(text.TrimEnd(' ', '\n')));
            },
            iter: 20_000, seed: "0000KfJ1K3u2", threads: 1);
        Assert.True(accepted > 500, $"{accepted} were JSON");
    }

    [Fact]
    public void Depth_is_bounded()
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.True(Accepts(Nested(JsonScanner.MaxDepth)));
        Assert.False(Accepts(Nested(JsonScanner.MaxDepth + 1)));
    }

    private static bool Accepts(string text)
    {
        JsonScanner scanner = new();
        scanner.Reset();
        for (int i = 0; i < text.Length; i++)
        {
            // It lets control characters in strings through, which JSON does not.
            if (scanner.IsInString && text[i] < ' ')
                return false;
            JsonProgress progress = scanner.Push(text[i]);
            if (progress != JsonProgress.Inside)
                return progress == JsonProgress.Complete && i == text.Length - 1;
        }

        return scanner.Push(-1) == JsonProgress.CompleteBefore;
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
