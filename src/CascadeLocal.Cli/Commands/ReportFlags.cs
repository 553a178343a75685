using System.CommandLine;

namespace CascadeLocal.Cli.Commands;

/// <summary>The options of cascade report.</summary>
internal sealed class ReportFlags
{
    public ReportFlags(Command command)
    {
        foreach (Option option in (Option[])[Labels, Queries, Policy, Logs, Live, Server, Key, Models, Runs, Concurrency, Encoder, Seed, Ablation, Curve, Cost, Prices.Option, Plot, Json])
            command.Options.Add(option);
    }

    public Option<string?> Labels { get; } = new("--labels")
    {
        Description = "Labels of held-out questions by every member of the policy: a .jsonl or .jsonl.gz file, or a folder of them",
        HelpName = "file|folder",
    };

    public Option<string?> Queries { get; } = new("--queries")
    {
        Description = "The questions, from which labels without a prompt take theirs by id",
        HelpName = "file",
    };

    public Option<string?> Policy { get; } = new("--policy")
    {
        Description = "The policy: what is judged on labels, and what a log is compared with",
        HelpName = "folder",
    };

    public Option<string[]> Logs { get; } = new("--from-log")
    {
        Description = "A decision log; its rotated files (.1, .2 ...) are read too; may be repeated",
        HelpName = "file",
    };

    public Option<string?> Live { get; } = new("--live")
    {
        Description = "Ask the running server (--server) these questions by every --model, in turns, and grade its answers",
        HelpName = "file",
    };

    public Option<string[]> Models { get; } = new("--model")
    {
        Description = "What to ask for with --live: cascade, or a member; may be repeated, and the strongest member should be among them",
        HelpName = "name",
    };

    public Option<int> Runs { get; } = new Option<int>("--runs")
    {
        Description = "How often --live asks every question of every model",
        DefaultValueFactory = _ => 5,
        HelpName = "n",
    }.From(1);

    public Option<int> Concurrency { get; } = new Option<int>("--concurrency")
    {
        Description = "Requests that --live has in flight at once",
        DefaultValueFactory = _ => 1,
        HelpName = "n",
    }.From(1);

    public Option<string?> Encoder { get; } = new("--encoder")
    {
        Description = "A HuggingFace folder of another BERT-family encoder (default: all-MiniLM-L6-v2)",
        HelpName = "folder",
    };

    public Option<ulong> Seed { get; } = new("--seed") { Description = "Decides the draws of the intervals (default: 0)" };

    public Option<bool> Ablation { get; } = new("--ablation")
    {
        Description = "Train the judges again without each group of features, to see what it is worth",
    };

    public Option<string?> Server { get; } = new("--server")
    {
        Description = "A running server: with --labels it is asked what it would decide on every prompt, with --live the questions themselves",
        HelpName = "address",
    };

    public Option<string?> Key { get; } = new("--key") { Description = "The server's API key (default: CASCADE_API_KEY)", HelpName = "key" };

    public Option<bool> Curve { get; } = new("--curve")
    {
        Description = "Compare all ways to trade accuracy for cost on the labels of any two models or more; --policy may be left out",
    };

    public Option<bool> Cost { get; } = new("--cost")
    {
        Description = "Compare by cost (cost_usd of the labels, or --price) instead of by the policy's metric: random routing at equal cost, curve and plot",
    };

    public PriceFlag Prices { get; } = new();

    public Option<string?> Plot { get; } = new("--plot") { Description = "Draw accuracy against TPOT, or with --cost against cost, into this file", HelpName = "file.png|file.svg" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object on standard output" };

    /// <summary>What means something beside <see cref="Labels"/>.</summary>
    public IReadOnlyList<Option> BesideLabels => [Queries, Policy, Server, Key, Encoder, Seed, Ablation, Curve, Cost, Prices.Option, Plot, Json];

    /// <summary>What means something beside <see cref="Logs"/>.</summary>
    public IReadOnlyList<Option> BesideLog => [Policy, Json];

    /// <summary>What means something beside <see cref="Live"/>.</summary>
    public IReadOnlyList<Option> BesideLive => [Server, Key, Models, Runs, Concurrency, Seed, Json];

    /// <summary>The address of the server, if one is named.</summary>
    public Uri? AddressOf(ParseResult result) =>
        result.GetValue(Server) is { } server ? new(server.EndsWith('/') ? server : $"{server}/") : null;

    /// <summary>The server's key, if it is known.</summary>
    public string? KeyOf(ParseResult result) =>
        result.GetValue(Key) ?? Environment.GetEnvironmentVariable("CASCADE_API_KEY")?.Split(',')[0].Trim();
}
