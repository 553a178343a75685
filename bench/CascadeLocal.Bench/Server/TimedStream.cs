using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CascadeLocal.Bench.Server;

/// <summary>When an answer's text was there: its length in UTF-16 units with an event's text, and when the event's last byte was read from the socket.</summary>
internal readonly record struct Arrival(long At, int Length);

/// <summary>
/// A streamed chat completion over a bare socket, read by a thread of its own: nothing stands between the kernel and the time that is noted. What was
/// read is understood afterwards.
/// </summary>
internal sealed class TimedStream
{
    private const int BufferBytes = 1 << 16;

    private readonly List<(long At, byte[] Bytes)> _reads = [];

    /// <summary>Asks, and reads to the end.</summary>
    public void Ask(Uri address, JsonObject body)
    {
        byte[] content = Encoding.UTF8.GetBytes(body.ToJsonString());
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {content.Length}\r\nConnection: close\r\n\r\n");
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address.Host, address.Port);
        socket.Send([.. Encoding.ASCII.GetBytes(head), .. content]);
        byte[] buffer = new byte[BufferBytes];
        while (socket.Receive(buffer) is > 0 and int read)
            _reads.Add((Stopwatch.GetTimestamp(), buffer[..read]));
    }

    /// <summary>When what text was there, in order.</summary>
    /// <exception cref="ServerFailedException">It is no stream of a chat completion, or one that was cut.</exception>
    public IReadOnlyList<Arrival> Arrivals()
    {
        List<Arrival> arrivals = [];
        StringBuilder line = new();
        int length = 0;
        bool done = false;
        foreach ((long at, byte[] bytes) in _reads)
        {
            // The server escapes what is not ASCII, and sizes of chunks stand on lines of their own.
            foreach (byte next in bytes)
            {
                if (next != '\n')
                {
                    line.Append((char)next);
                    continue;
                }

                string text = line.ToString();
                line.Clear();
                done |= text.StartsWith("data: [DONE]", StringComparison.Ordinal);
                if (!done && text.StartsWith("data: ", StringComparison.Ordinal) && TextOf(text["data: ".Length..]) is { Length: > 0 } content)
                    arrivals.Add(new Arrival(at, length += content.Length));
            }
        }

        return done ? arrivals : throw new ServerFailedException("a stream that ends without [DONE]");
    }

    private static string? TextOf(string json)
    {
        try
        {
            return JsonNode.Parse(json)?["choices"]?.AsArray() is [{ } choice, ..] ? (string?)choice["delta"]?["content"] : null;
        }
        catch (JsonException error)
        {
            throw new ServerFailedException($"an event that is no JSON ({error.Message}): {json}");
        }
    }
}
