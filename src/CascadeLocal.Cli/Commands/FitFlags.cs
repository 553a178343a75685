using System.CommandLine;
using System.CommandLine.Parsing;

using CascadeLocal.Calibration.Plots;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>The options that every kind of fit has.</summary>
internal sealed class FitFlags
{
    private readonly Option<string> _metric = new("--metric")
    {
        Description = "What a cost is: time per output token, latency of a request, or what the answers cost by labels or prices",
        HelpName = "tpot|e2el|cost",
        DefaultValueFactory = _ => "tpot",
    };

    private readonly Option<string> _costBy = new("--cost-by")
    {
        Description = "What the routing prices: a model over all clusters, or in each cluster",
        HelpName = "model|cluster",
        DefaultValueFactory = _ => "model",
    };

    private readonly Option<double?> _budget = new("--budget")
    {
        Description = "The greatest mean cost of a query, such as 20ms, 1.2s or, with --metric cost, 0.002 (default: no limit)",
        HelpName = "time|cost",
        CustomParser = ParseBudget,
    };

    private readonly Option<string?> _plot = new("--plot")
    {
        Description = "Draw accuracy against cost into this file",
        HelpName = "file.png|file.svg",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on standard output" };

    public FitFlags(Command command)
    {
        _metric.AcceptOnlyFromAmong("tpot", "e2el", "cost");
        _costBy.AcceptOnlyFromAmong("model", "cluster");
        _plot.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !TradeOffPlot.CanWrite(path))
                result.AddError($"--plot '{path}' must end in .png or .svg.");
        });
        foreach (Option option in All)
            command.Options.Add(option);
    }

    /// <summary>What the routing is for.</summary>
    public StageOneOptions Routing(ParseResult result) => new()
    {
        Metric = result.GetValue(_metric) switch
        {
            "e2el" => CostMetric.E2el,
            "cost" => CostMetric.Cost,
            _ => CostMetric.Tpot,
        },
        CostBasis = result.GetValue(_costBy) == "cluster" ? CostBasis.Cluster : CostBasis.Model,
        Budget = result.GetValue(_budget),
    };

    /// <summary>What is wrong with how they are combined.</summary>
    public IEnumerable<string> Problems(CommandResult result)
    {
        // Any unit would do: of a cost only the labels know it.
        if (result.GetValue(_metric) == "cost" && result.GetResult(_budget) is { Implicit: false, Tokens: [{ Value: [.., 's'] text }] })
            yield return $"--budget '{text}' is a time, but --metric cost is about a cost: give a number in the unit of the labels, such as 0.002.";
    }

    public string? MetricOf(CommandResult result) => result.GetValue(_metric);

    public bool HasBudget(CommandResult result) => result.IsGiven(_budget);

    public IEnumerable<Option> All => [_metric, _costBy, _budget, _plot, _json];

    public Option PlotOption => _plot;

    public Option JsonOption => _json;

    public bool Json(ParseResult result) => result.GetValue(_json);

    public string? Plot(ParseResult result) => result.GetValue(_plot);

    /// <summary>Draws the fit if a plot is asked for.</summary>
    /// <exception cref="CommandFailedException">The file cannot be written.</exception>
    public void Draw(ParseResult result, StageOneFit fit) => PlotOutput.Write(Plot(result), path => TradeOffPlot.Save(fit, path));

    private static double? ParseBudget(ArgumentResult argument)
    {
        string text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (Milliseconds.TryParse(text, out double value))
            return value;
        argument.AddError($"--budget '{text}' must be above 0, such as 20ms, 1.2s or, with --metric cost, 0.002.");
        return null;
    }
}
