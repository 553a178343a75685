using System.Text.RegularExpressions;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Reads a stream of server-sent events line by line.</summary>
internal sealed partial class EventStreamReader(Stream stream) : IDisposable
{
    private readonly StreamReader _reader = new(stream);

    public static async Task<EventStreamReader> OpenAsync(HttpResponseMessage response) =>
        new(await response.Content.ReadAsStreamAsync());

    /// <summary>The next line that is not empty, with id and time taken out, or null at the end.</summary>
    public async Task<string?> NextAsync()
    {
        string? line;
        do
            line = await _reader.ReadLineAsync();
        while (line?.Length == 0);
        return line is null ? null : CreatedPattern().Replace(IdPattern().Replace(line, "\"ID\""), "\"created\":0");
    }

    public async Task<List<string>> RestAsync()
    {
        List<string> lines = [];
        while (await NextAsync() is { } line)
            lines.Add(line);
        return lines;
    }

    public void Dispose() => _reader.Dispose();

    [GeneratedRegex("\"chatcmpl-[0-9a-f]{32}\"")]
    private static partial Regex IdPattern();

    [GeneratedRegex("\"created\":[0-9]+")]
    private static partial Regex CreatedPattern();
}
