using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>The options of a fit that reads labels.</summary>
internal sealed class LabelFlags
{
    private readonly Option<string?> _clusters = new("--k")
    {
        Description = "How many clusters: auto is by the routing's value on held-out questions (default: auto)",
        HelpName = "auto|silhouette|N",
    };

    private readonly Option<ulong> _seed = new("--seed") { Description = "Decides clusters and splits (default: 0)" };

    private readonly Option<string[]> _costs = new("--cost")
    {
        Description = "State a model's cost under --metric instead of measuring it; may be repeated",
        HelpName = "model=time|cost",
    };

    private readonly Option<double> _novelAlpha = new Option<double>("--novel-alpha")
    {
        Description = "The share of queries of the fitted kind that serving may call novel, and then promises nothing of; 0: none ever is",
        HelpName = "share",
        DefaultValueFactory = _ => NoveltyBoundary.DefaultAlpha,
    }.Taking(FormattableString.Invariant($"a number from 0 to {NoveltyBoundary.MostAlpha}"), alpha => alpha is >= 0 and <= NoveltyBoundary.MostAlpha);

    public LabelFlags(Command command)
    {
        _clusters.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && text is not ("auto" or "silhouette") && ParseCount(text) is null)
                result.AddError($"--k '{text}' must be auto, silhouette or a number from 1.");
        });
        _costs.Validators.Add(result =>
        {
            foreach (string text in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (ParseCost(text) is null)
                    result.AddError($"--cost '{text}' must be a model and a time or cost above 0, such as small=9.3ms.");
            }
        });
        foreach (Option option in (Option[])[Labels, Queries, _clusters, _seed, _costs, _novelAlpha, Prices.Option, Encoder, Out, Add, Policy])
            command.Options.Add(option);
    }

    public Option<string?> Labels { get; } = new("--labels")
    {
        Description = "Labels of every model: a .jsonl or .jsonl.gz file, or a folder of them",
        HelpName = "file|folder",
    };

    public Option<string?> Queries { get; } = new("--queries")
    {
        Description = "The questions, from which labels without a prompt take theirs by id",
        HelpName = "file",
    };

    public PriceFlag Prices { get; } = new();

    public Option<string?> Encoder { get; } = new("--encoder")
    {
        Description = "A HuggingFace folder of another BERT-family encoder (default: all-MiniLM-L6-v2)",
        HelpName = "folder",
    };

    public Option<string?> Out { get; } = new("--out") { Description = "Write the policy into this folder", HelpName = "folder" };

    public Option<string?> Add { get; } = new("--add")
    {
        Description = "Fold this model into a policy from a few labels of its own",
        HelpName = "model",
    };

    public Option<string?> Policy { get; } = new("--policy")
    {
        Description = "The policy that --add extends or --from-log recalibrates; it is replaced unless --out names another folder",
        HelpName = "folder",
    };

    /// <summary>Those that mean something where clusters and plan are those of a policy already.</summary>
    public IEnumerable<Option> BesideAdd => [Labels, Queries, Prices.Option, Encoder, Out, Policy, _costs];

    /// <summary>What is wrong with how they are combined.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="metric">What --metric says, or null where a policy says it.</param>
    public IEnumerable<string> Problems(CommandResult result, string? metric) =>
        metric == "cost" ? Costs(result.GetValue(_costs)).Where(cost => cost.IsTime).Select(cost => TimeForCost(cost.Model)) : [];

    /// <summary>What --cost says of the model that --add names; null where it says nothing.</summary>
    /// <exception cref="CommandFailedException">It says it of another model, or a time where costs are no times.</exception>
    public double? StatedOf(string model, CostMetric metric, ParseResult result)
    {
        double? stated = null;
        foreach ((string name, double cost, bool isTime) in Costs(result.GetValue(_costs)))
        {
            if (name != model)
                throw new CommandFailedException($"--cost '{name}': beside --add it says what {model} costs; what the others cost is in the policy");
            if (isTime && metric == CostMetric.Cost)
                throw new CommandFailedException(TimeForCost(name));
            stated = cost;
        }

        return stated;
    }

    public LabelFitOptions Fitting(ParseResult result, StageOneOptions routing)
    {
        string? clusters = result.GetValue(_clusters);
        int? given = ParseCount(clusters ?? "");
        return new()
        {
            Routing = routing,
            Rule = given is not null ? ClusterRule.Given : clusters == "silhouette" ? ClusterRule.Silhouette : ClusterRule.Routing,
            Clusters = given ?? 0,
            Seed = result.GetValue(_seed),
            NovelAlpha = result.GetValue(_novelAlpha),
            StatedCosts = Costs(result.GetValue(_costs))
                .GroupBy(cost => cost.Model).ToDictionary(costs => costs.Key, costs => costs.Last().Cost),
        };
    }

    internal static int? ParseCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;

    private static IEnumerable<(string Model, double Cost, bool IsTime)> Costs(string[]? texts) => (texts ?? []).Select(ParseCost).OfType<(string, double, bool)>();

    private static string TimeForCost(string model) =>
        $"--cost of {model} is a time, but --metric cost is about a cost: give a number in the unit of the labels, such as {model}=0.002.";

    // The last equals sign: names may have one.
    private static (string Model, double Cost, bool IsTime)? ParseCost(string text)
    {
        int at = text.LastIndexOf('=');
        return at > 0 && Milliseconds.TryParse(text[(at + 1)..], out double cost) ? (text[..at], cost, text.EndsWith('s')) : null;
    }
}
