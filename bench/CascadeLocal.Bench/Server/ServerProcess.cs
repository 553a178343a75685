using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace CascadeLocal.Bench.Server;

/// <summary>The server did not do what a measurement needs; the message says what.</summary>
internal sealed class ServerFailedException(string message) : Exception(message);

/// <summary>
/// A <c>cascade serve</c> on a free port, with the probe inside. Disposing kills it at once, so that nothing it does when it
/// stops is measured. Nothing of its code is used, so any version of it can be measured.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its physical memory in bytes as it is, garbage included; 0 once it has ended.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64;
        }
    }

    /// <summary>Starts the program of a folder and waits until it takes requests.</summary>
    /// <param name="program">The folder with cascade.dll.</param>
    /// <param name="log">The file for what the server writes; it runs in that file's folder.</param>
    /// <param name="probe">The file of the <see cref="ProbeMemory"/>.</param>
    /// <param name="arguments">Arguments of <c>cascade serve</c> beside the port.</param>
    /// <param name="cancellationToken">Ends the wait, and the server.</param>
    /// <param name="variables">Environment variables beside the probe's.</param>
    public static async Task<ServerProcess> StartAsync(
        string program, string log, string probe, IEnumerable<string> arguments, CancellationToken cancellationToken, params (string Name, string Value)[] variables)
    {
        int port = FreePort();
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet");
        ProcessStartInfo start = new(
            "/bin/sh",
            ["-c", """log=$1; shift; exec "$@" >"$log" 2>&1 </dev/null""", "sh", log, host, Path.Combine(program, "cascade.dll"),
                "serve", "--port", $"{port}", .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(log),
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ServerProbe).Assembly.Location;
        start.Environment[ProbeMemory.PathVariable] = probe;
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        ServerProcess server = new(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}/"));
        try
        {
            await server.WaitUntilReadyAsync(log, cancellationToken);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task WaitUntilReadyAsync(string log, CancellationToken cancellationToken)
    {
        using HttpClient client = new() { BaseAddress = Address };
        while (true)
        {
            if (_process.HasExited)
                throw new ServerFailedException($"cascade serve ended by itself:\n{await File.ReadAllTextAsync(log, cancellationToken)}");
            try
            {
                using HttpResponseMessage response = await client.GetAsync("ready", cancellationToken);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // The port is not open yet.
            }

            await Task.Delay(200, cancellationToken);
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
