using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

using Xunit;

namespace CascadeLocal.Tests.Common;

/// <summary>The built program as a child process.</summary>
public sealed class CascadeProcess : IAsyncDisposable
{
    private const string ListeningMark = "Listening on ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CascadeProcess(string[] arguments, string input = "", params (string Name, string Value)[] variables)
        : this(RepositoryPaths.Program, arguments, input, variables)
    {
    }

    // Without an input, that stays open.
    private CascadeProcess(string program, string[] arguments, string? input, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            // No cascade.json of the working folder may change what a test sees.
            WorkingDirectory = Path.GetTempPath(),
        };
        // Nor may what somebody has tuned on this machine.
        start.Environment["CASCADE_TUNE"] = "false";
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.ErrorDataReceived += (_, e) => OnLine(_errors, e.Data);
        _process.OutputDataReceived += (_, e) => OnLine(_output, e.Data);
        ChildProcesses.Start(_process);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        if (input is null)
            return;
        _process.StandardInput.Write(input);
        _process.StandardInput.Close();
    }

    public HttpClient Client { get; } = new() { Timeout = Patience };

    /// <summary>The lines of its log so far; none where it logs to a file.</summary>
    public IReadOnlyCollection<string> Log => _errors;

    /// <summary>Why nothing can be served here: the program has not been built, or ships no models. Null where it can.</summary>
    public static string? Missing =>
        MissingProgram ?? (Directory.Exists(RepositoryPaths.DefaultTier) && Directory.EnumerateFiles(RepositoryPaths.DefaultTier, "*.gguf").Any()
            ? null
            : "models/default holds no model");

    private static string? MissingProgram => File.Exists(RepositoryPaths.Program) ? null : "bin/cascade is not built: run ./build.sh build";

    /// <summary>Skips the test, with the reason, where the program has not been built.</summary>
    public static void RequireProgram() => Require(MissingProgram);

    /// <summary>Skips the test, with the reason, where the program has not been built or ships no models.</summary>
    public static void RequireProgramAndTier() => Require(Missing);

    /// <summary>Starts `cascade serve` on a free port and waits until it is ready.</summary>
    public static Task<CascadeProcess> ServeAsync(params string[] arguments) => ServeAsync([], arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static async Task<CascadeProcess> ServeAsync((string Name, string Value)[] variables, params string[] arguments)
    {
        RequireProgramAndTier();
        string[] port = arguments.Contains("--port") ? [] : ["--port", "0"];
        CascadeProcess server = new(["serve", .. port, .. arguments], "", variables);
        server.Client.BaseAddress = await server._listening.Task.WaitAsync(Patience);
        await Wait.ForAsync(() => server.GetStatusAsync("/ready"), status => status == HttpStatusCode.OK);
        return server;
    }

    /// <summary>Starts `cascade serve` with its log in a file, which may be a device or on a disk that is full, and waits until it is ready.</summary>
    /// <param name="log">The file, which is appended to; null closes standard error.</param>
    /// <param name="port">The port, since nobody may be able to read it in the log.</param>
    /// <param name="arguments">Further arguments.</param>
    public static async Task<CascadeProcess> ServeLoggingToAsync(string? log, int port, params string[] arguments)
    {
        RequireProgramAndTier();
        Uri address = new(FormattableString.Invariant($"http://127.0.0.1:{port}"));
        string[] command = ["-c", $"log=$1; shift; exec \"$0\" \"$@\" {(log is null ? "2>&- <&-" : "2>>\"$log\"")}", RepositoryPaths.Program, log ?? ""];
        CascadeProcess server = new("/bin/sh", [.. command, "serve", "--port", address.Port.ToString(CultureInfo.InvariantCulture), .. arguments], "");
        server.Client.BaseAddress = address;
        await Wait.UntilAsync(async () => server._process.HasExited || await server.IsReadyAsync());
        Assert.False(server._process.HasExited, $"exit code {(server._process.HasExited ? server._process.ExitCode : 0)}");
        return server;
    }

    /// <summary>Starts the program with a standard input that stays open.</summary>
    public static CascadeProcess Open(params string[] arguments)
    {
        RequireProgramAndTier();
        return new(RepositoryPaths.Program, arguments, input: null);
    }

    /// <summary>Writes a line to its standard input, which was left open.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Runs the program to its end.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments) => RunWithInputAsync("", arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync((string Name, string Value)[] variables, params string[] arguments) =>
        RunToEndAsync(variables, "", arguments);

    public static Task<(int ExitCode, string Output, string Errors)> RunWithInputAsync(string input, params string[] arguments) =>
        RunToEndAsync([], input, arguments);

    private static async Task<(int ExitCode, string Output, string Errors)> RunToEndAsync((string Name, string Value)[] variables, string input, string[] arguments)
    {
        RequireProgram();
        await using CascadeProcess run = new(arguments, input, variables);
        return (await run.WaitForExitAsync(), string.Join('\n', run._output), string.Join('\n', run._errors));
    }

    public async Task<HttpStatusCode> GetStatusAsync(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    /// <summary>What of it is in memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>A number that /health reports of a member.</summary>
    public async Task<long> GetHealthAsync(string member, string property)
    {
        using JsonDocument health = JsonDocument.Parse(await Client.GetStringAsync(new Uri("/health", UriKind.Relative)));
        return health.RootElement.GetProperty("members").EnumerateArray()
            .Single(m => m.GetProperty("name").GetString() == member)
            .GetProperty(property).GetInt64();
    }

    /// <summary>The most memory it has held so far, in bytes.</summary>
    public long PeakMemory()
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }

    public async Task SignalAsync(string signal)
    {
        using Process kill = ChildProcesses.Start(new ProcessStartInfo("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]));
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

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return await GetStatusAsync("/ready") == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;  // it does not listen yet
        }
    }

    private static void Require(string? missing) => Assert.SkipUnless(missing is null, missing ?? "");

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
