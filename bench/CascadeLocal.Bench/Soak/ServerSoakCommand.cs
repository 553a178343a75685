using System.CommandLine;
using System.Text.Json.Nodes;

using CascadeLocal.Bench.Server;

namespace CascadeLocal.Bench.Soak;

/// <summary>The soak test of the whole server: what clients do over HTTP, for half an hour, and memory that stays as it was.</summary>
internal static class ServerSoakCommand
{
    // As small as serves, so that both are full long before memory counts.
    private const int PrefixCacheMebibytes = 64;
    private const int EmbeddingCacheTexts = 256;

    /// <summary>The command <c>soak-server</c>.</summary>
    public static Command Create()
    {
        Command command = new("soak-server", "Keep cascade serve busy over HTTP with all that clients do; fails if its resident memory changes or a request fails");
        Option<string?> model = new("--model") { Description = "A GGUF file to serve (default: the tier that ships)", HelpName = "file" };
        Option<int> streams = new("--streams") { Description = "Clients, each with a request at any time", DefaultValueFactory = _ => 16 };
        Option<int> seconds = new("--seconds") { Description = "How long, after the warm-up", DefaultValueFactory = _ => 1200 };
        Option<int> warmUp = new("--warm-up") { Description = "Seconds before memory counts", DefaultValueFactory = _ => 600 };
        Option<double> limit = new("--limit-percent")
        {
            Description = "By how many percent resident memory may differ from that after the warm-up",
            DefaultValueFactory = _ => 2,
        };
        foreach (Option option in (Option[])[model, streams, seconds, warmUp, limit])
            command.Options.Add(option);
        command.SetAction(async (result, cancellationToken) =>
        {
            ServerSoakOptions options = new()
            {
                Streams = result.GetValue(streams),
                WarmUp = TimeSpan.FromSeconds(result.GetValue(warmUp)),
                Duration = TimeSpan.FromSeconds(result.GetValue(seconds)),
                LimitPercent = result.GetValue(limit),
            };
            try
            {
                return await RunAsync(result.GetValue(model), options, cancellationToken) ? 0 : 1;
            }
            catch (Exception error) when (error is ServerFailedException or OperationCanceledException)
            {
                await Console.Error.WriteLineAsync(error.Message);
                return 1;
            }
        });
        return command;
    }

    private static async Task<bool> RunAsync(string? model, ServerSoakOptions options, CancellationToken cancellationToken)
    {
        string scratch = ProgramFolder.Scratch("soak-server");
        string probe = Path.Combine(scratch, "probe");
        string configuration = Path.Combine(scratch, "soak.json");
        JsonObject settings = new()
        {
            ["prefix_cache_mb"] = PrefixCacheMebibytes,
            ["cascade"] = new JsonObject { ["embedding_cache"] = EmbeddingCacheTexts },
        };
        await File.WriteAllTextAsync(configuration, settings.ToJsonString(), cancellationToken);
        string[] served = model is null ? [] : ["--model", Path.GetFullPath(model)];
        using ProbeMemory memory = ProbeMemory.Create(probe, lines: 0);
        using ServerProcess server = await ServerProcess.StartAsync(
            ProgramFolder.Cascade(), Path.Combine(scratch, "server.log"), probe, ["--config", configuration, .. served], cancellationToken);
        using SoakHttp http = new(server.Address) { Counts = new() };
        return await new ServerSoakRun(server, memory, http, options).RunAsync(Console.Out, cancellationToken);
    }
}
