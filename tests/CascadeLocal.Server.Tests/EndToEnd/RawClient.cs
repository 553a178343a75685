using System.Net;
using System.Net.Sockets;
using System.Text;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>A client of which every byte is the test's: it may send half a request, stop reading, or leave without a word.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly StringBuilder _read = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What it has read so far.</summary>
    public string Text => _read.ToString();

    /// <param name="server">Whom it connects to.</param>
    /// <param name="takesLittle">Whether only some kilobytes may come that it does not read, and not what the system likes.</param>
    public static async Task<RawClient> ConnectAsync(CascadeProcess server, bool takesLittle = false)
    {
        RawClient client = new();
        if (takesLittle)
        {
            client._socket.ReceiveBufferSize = 4_096;
            // TCP_MAXSEG: Linux lets a connection of large segments have megabytes on their way.
            client._socket.SetRawSocketOption(6, 2, BitConverter.GetBytes(536));
        }

        await client._socket.ConnectAsync(IPAddress.Loopback, server.Client.BaseAddress!.Port, Cancellation);
        return client;
    }

    /// <summary>Connects and sends a request, of which nothing is read yet.</summary>
    public static async Task<RawClient> PostAsync(CascadeProcess server, string body, string path = ProcessRequests.Chat, bool takesLittle = false)
    {
        RawClient client = await ConnectAsync(server, takesLittle);
        await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        return client;
    }

    public async Task SendAsync(string text)
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(text);
        while (!rest.IsEmpty)
            rest = rest[await _socket.SendAsync(rest, Cancellation)..];
    }

    /// <summary>Reads until a text has come; null until the other side closes.</summary>
    public async Task ReadAsync(string? until = null)
    {
        byte[] buffer = new byte[16_384];
        while (until is null || !Text.Contains(until, StringComparison.Ordinal))
        {
            int count = await _socket.ReceiveAsync(buffer, Cancellation);
            if (count == 0 && until is null)
                return;
            Assert.True(count > 0, $"'{until}' did not come: {Text}");
            _read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }
    }

    /// <summary>Leaves: with a goodbye, or, as a program that is killed with data unread, with a reset.</summary>
    public void Leave(bool reset)
    {
        if (reset)
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
