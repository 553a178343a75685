using System.CommandLine;

namespace CascadeLocal.Cli.Commands;

/// <summary>The options of cascade report.</summary>
internal sealed class ReportFlags
{
    public ReportFlags(Command command)
    {
        foreach (Option option in (Option[])[Labels, Queries, Policy, Logs, Encoder, Seed, Ablation, Server, Key, Plot, Json])
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
        Description = "Ask this running server about every prompt, and count where it decides otherwise than the policy",
        HelpName = "address",
    };

    public Option<string?> Key { get; } = new("--key") { Description = "The server's API key (default: CASCADE_API_KEY)", HelpName = "key" };

    public Option<string?> Plot { get; } = new("--plot") { Description = "Draw accuracy against TPOT into this file", HelpName = "file.png|file.svg" };

    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object on standard output" };

    /// <summary>The options that a report from a log does not have.</summary>
    public IReadOnlyList<Option> OfLabelsAlone => [Queries, Encoder, Seed, Ablation, Server, Key, Plot];
}
