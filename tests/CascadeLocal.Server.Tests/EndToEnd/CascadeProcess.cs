using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The built program as a child process.</summary>
internal sealed class CascadeProcess : IAsyncDisposable
{
    private const string ListeningMark = "Listening on ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CascadeProcess(string[] arguments)
    {
        ProcessStartInfo start = new(RepositoryPaths.Program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            // No cascade.json of the working folder may change what a test sees.
            WorkingDirectory = Path.GetTempPath(),
        };
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, e) => OnLine(_errors, e.Data);
        _process.OutputDataReceived += (_, e) => OnLine(_output, e.Data);
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public HttpClient Client { get; } = new() { Timeout = Patience };

    /// <summary>Skips the test, with the reason, where the program has not been built.</summary>
    public static void RequireProgram() =>
        Assert.SkipUnless(File.Exists(RepositoryPaths.Program), "bin/cascade is not built: run ./build.sh build");

    /// <summary>Skips the test, with the reason, where the program has not been built or ships no models.</summary>
    public static void RequireProgramAndTier()
    {
        RequireProgram();
        Assert.SkipUnless(
            Directory.Exists(RepositoryPaths.DefaultTier) && Directory.EnumerateFiles(RepositoryPaths.DefaultTier, "*.gguf").Any(),
            "models/default holds no model");
    }

    /// <summary>Starts `cascade serve` on a free port and waits until it is ready.</summary>
    public static async Task<CascadeProcess> ServeAsync(params string[] arguments)
    {
        RequireProgramAndTier();
        string[] port = arguments.Contains("--port") ? [] : ["--port", "0"];
        CascadeProcess server = new(["serve", .. port, .. arguments]);
        server.Client.BaseAddress = await server._listening.Task.WaitAsync(Patience);
        while (await server.GetStatusAsync("/ready") != HttpStatusCode.OK)
            await Task.Delay(20);
        return server;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        RequireProgram();
        await using CascadeProcess run = new(arguments);
        return (await run.WaitForExitAsync(), string.Join('\n', run._output), string.Join('\n', run._errors));
    }

    public async Task<HttpStatusCode> GetStatusAsync(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    /// <summary>A number that /health reports of a member.</summary>
    public async Task<long> GetHealthAsync(string member, string property)
    {
        using JsonDocument health = JsonDocument.Parse(await Client.GetStringAsync(new Uri("/health", UriKind.Relative)));
        return health.RootElement.GetProperty("members").EnumerateArray()
            .Single(m => m.GetProperty("name").GetString() == member)
            .GetProperty(property).GetInt64();
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        using CancellationTokenSource timeout = new(Patience);
        await _process.WaitForExitAsync(timeout.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Client.Dispose();
    }

    private void OnLine(ConcurrentQueue<string> lines, string? line)
    {
        if (line is null)
            return;
        lines.Enqueue(line);
        int mark = line.IndexOf(ListeningMark, StringComparison.Ordinal);
        if (mark >= 0)
            _listening.TrySetResult(new Uri(line[(mark + ListeningMark.Length)..].Split(';')[0]));
    }
}
