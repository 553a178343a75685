using System.Net;
using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Logs that cannot be written: serving goes on, and what is lost is counted.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class FullDiskTests : IDisposable
{
    private const string DecisionsLost = "cascade_decision_log_dropped_total", LinesLost = "cascade_log_dropped_total";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<CascadeProcess> ServeAsync(string? log, string? decisions = null) => CascadeProcess.ServeLoggingToAsync(
        log, TwoProcesses.FreePort(), "--model", _folder.WriteModel("little.gguf", 512), "--threads", "1", "--policy", TwoProcesses.Nowhere,
        "--decision-log", decisions ?? _folder.File("decisions.jsonl"));

    [Fact]
    public async Task A_disk_that_is_full_loses_lines_that_are_counted_and_goes_on_once_there_is_room()
    {
        string disk = _folder.File("disk");
        Directory.CreateDirectory(disk);
        (int exitCode, string reason) = await ScriptRunner.RunAsync("/", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk);
        Assert.SkipUnless(exitCode == 0, $"a small disk of its own cannot be mounted here: {reason}");
        try
        {
            string log = Path.Combine(disk, "cascade.log"), decisions = Path.Combine(disk, "decisions.jsonl"), rest = Path.Combine(disk, "rest");
            await using CascadeProcess server = await ServeAsync(log, decisions);
            await server.ServesAsync();
            Fill(rest);

            await Wait.UntilAsync(async () =>
            {
                await server.ServesAsync();
                return await server.NumberAsync(DecisionsLost) > 2 && await server.NumberAsync(LinesLost) > 2;
            });
            ErrorAnswer feedback = await server.RefusedAsync("{\"id\":\"chatcmpl-x\",\"correct\":true}", "/v1/feedback");
            Assert.Equal(HttpStatusCode.NotFound, feedback.Status);

            File.Delete(rest);
            double lost = 0;
            await Wait.UntilAsync(async () =>
            {
                await server.ServesAsync();
                double before = lost;
                lost = await server.NumberAsync(DecisionsLost);
                return lost == before && (await ReadAsync(log)).Contains("line(s) of this log could not be written", StringComparison.Ordinal);
            });
            int written = Lines(await ReadAsync(decisions)).Length;
            await server.ServesAsync();
            await Wait.UntilAsync(async () => Lines(await ReadAsync(decisions)).Length > written);
            await server.SignalAsync("TERM");
            Assert.Equal(0, await server.WaitForExitAsync());

            // At most the one that the disk had room for half of stands alone.
            Assert.InRange(Lines(await ReadAsync(decisions)).Count(line => !IsJson(line)), 0, 1);
            Assert.Contains("The decision log is written again", await ReadAsync(log), StringComparison.Ordinal);
        }
        finally
        {
            await ScriptRunner.RunAsync("/", "umount", "--lazy", disk);
        }
    }

    [Fact]
    public async Task Logs_that_never_have_room_are_counted_from_the_start()
    {
        await using CascadeProcess server = await ServeAsync("/dev/full", "/dev/full");

        for (int i = 0; i < 3; i++)
            await server.ServesAsync();

        await Wait.UntilAsync(async () => await server.NumberAsync(DecisionsLost) == 3);
        Assert.True(await server.NumberAsync(LinesLost) >= 3);
        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task A_standard_error_that_is_closed_is_no_file_of_the_programs()
    {
        string decisions = _folder.File("decisions.jsonl");
        await using CascadeProcess server = await ServeAsync(null, decisions);

        await server.ServesAsync();
        await server.SignalAsync("TERM");

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Single(Lines(await ReadAsync(decisions)), IsJson);
    }

    [Fact]
    public async Task A_log_that_nobody_reads_holds_up_nobody()
    {
        string pipe = _folder.File("log");
        Assert.Equal(0, (await ScriptRunner.RunAsync("/", "mkfifo", pipe)).ExitCode);
        // Open, so that the program can write, and never read until the end.
        using FileStream unread = new(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        await using CascadeProcess server = await ServeAsync(pipe);

        await Wait.UntilAsync(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => server.GetStatusAsync($"/{new string('x', 3_000)}")));
            return await server.NumberAsync(LinesLost) > 0;
        });

        await server.ServesAsync();
        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    private static void Fill(string path)
    {
        using FileStream rest = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        try
        {
            while (true)
                rest.Write(new byte[256]);
        }
        catch (IOException)
        {
            // Now it is full.
        }
    }

    private static async Task<string> ReadAsync(string path)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(file);
        return await reader.ReadToEndAsync();
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsJson(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
