using System.Net.Sockets;
using System.Text;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>What a unit of Type=notify hears.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class SystemdTests
{
    [Fact]
    public async Task Systemd_is_told_when_the_models_are_loaded_and_when_the_server_stops()
    {
        using TemporaryFolder folder = new();
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(folder.File("notify")));

        await using CascadeProcess server = await CascadeProcess.ServeAsync([("NOTIFY_SOCKET", folder.File("notify"))]);
        string ready = await ReceiveAsync(systemd);
        await server.SignalAsync("TERM");
        string stopping = await ReceiveAsync(systemd);

        Assert.Equal(("READY=1", "STOPPING=1"), (ready, stopping));
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] message = new byte[256];
        int length = await socket.ReceiveAsync(message, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(message, 0, length);
    }
}
