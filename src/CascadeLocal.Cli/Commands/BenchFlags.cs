using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

using CascadeLocal.Calibration.Load;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Calibration.Queries;

namespace CascadeLocal.Cli.Commands;

/// <summary>The options of cascade bench.</summary>
internal sealed class BenchFlags
{
    private const string DefaultUrl = "http://127.0.0.1:8080/v1";

    /// <summary>Stands for the variable of an endpoint without a key.</summary>
    private const string NoKey = "-";

    private readonly Option<string[]> _urls = new("--url")
    {
        Description = $"An OpenAI-compatible endpoint (default: {DefaultUrl}); several take turns, and the first is compared with each of the others",
        HelpName = "address",
    };

    private readonly Option<string[]> _models = new("--model")
    {
        Description = "The model to ask for (default: cascade): one for all endpoints, or one for each",
        HelpName = "name",
    };

    private readonly Option<string[]> _keys = new("--key-env")
    {
        Description = $"The environment variable with the API key: one where all endpoints are one server's, else one for each ({NoKey} for no key)",
        HelpName = "name",
    };

    private readonly Option<int[]> _concurrency = new("--concurrency")
    {
        Description = "Requests at once, a run for each number (default: 1; with --rate: any number)",
        HelpName = "n,n",
        CustomParser = ReadCounts,
    };

    private readonly Option<double?> _rate = new Option<double?>("--rate")
    {
        Description = "Open loop: requests (with --turns conversations) per second, at random times, whether earlier ones have ended or not",
        HelpName = "n",
    }.Taking<double>("a number above 0", rate => rate > 0 && double.IsFinite(rate));

    private readonly Option<double> _duration = new Option<double>("--duration")
    {
        Description = "Seconds in which the requests of a run begin",
        HelpName = "s",
        DefaultValueFactory = _ => 30,
    }.Taking("a number of seconds above 0 and at most a day", seconds => seconds is > 0 and <= 86_400);

    private readonly Option<int?> _requests = new Option<int?>("--requests") { Description = "The most requests of a run", HelpName = "n" }.From(1);

    private readonly Option<int?> _warmUp = new Option<int?>("--warmup")
    {
        Description = "Requests before a run that are not measured (default: as many as run at once, at least 1)",
        HelpName = "n",
    }.From(0);

    private readonly Option<double> _timeout = new Option<double>("--timeout")
    {
        Description = "A request that has not ended after so many seconds has failed",
        HelpName = "s",
        DefaultValueFactory = _ => 600,
    }.Taking("a number of seconds above 0 and at most a day", seconds => seconds is > 0 and <= 86_400);

    private readonly Option<int?> _rounds = new Option<int?>("--rounds")
    {
        Description = "Runs of each endpoint at each load (default: 1; with several endpoints 5)",
        HelpName = "n",
    }.From(1);

    private readonly Option<string?> _data = new("--data") { Description = "Questions to ask, as capture reads them (default: made-up words)", HelpName = "file" };
    private readonly Option<int> _words = Count("--prompt-words", "Words of a made-up prompt", 60);
    private readonly Option<int?> _shared = new Option<int?>("--shared-prefix") { Description = "Words of a system prompt that all requests share", HelpName = "n" }.From(1);

    private readonly Option<int?> _recurring = new Option<int?>("--recurring")
    {
        Description = "So many different prompts, again and again (default: every prompt is new)",
        HelpName = "n",
    }.From(1);

    private readonly Option<int> _turns = Count("--turns", "Questions of a conversation, each behind all before it", 1);
    private readonly Option<int> _maxTokens = Count("--max-tokens", "The most tokens of an answer", 128);

    private readonly Option<bool> _fixedLength = new("--fixed-length")
    {
        Description = "Answers go on to --max-tokens, where the server knows min_tokens or ignore_eos",
    };

    private readonly Option<double> _temperature = new Option<double>("--temperature")
    {
        Description = "The sampling temperature (default: 0)",
        HelpName = "t",
    }.Taking("a number from 0 to 2", temperature => temperature is >= 0 and <= 2);

    private readonly Option<LoadObjective?> _objective = new("--slo")
    {
        Description = "What a request must reach to count for goodput, in ms: ttft:500,tpot:30,e2el:2000",
        HelpName = "limits",
        CustomParser = ReadObjective,
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Decides prompts and times (default: another one in every call, so that no prefix cache knows the prompts)",
        HelpName = "n",
    };

    private readonly Option<string?> _plot = new("--plot") { Description = "Draw the runs into this .png or .svg file", HelpName = "file" };
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object on standard output" };

    public BenchFlags(Command command)
    {
        foreach (Option option in (Option[])
        [
            _urls, _models, _keys, _concurrency, _rate, _duration, _requests, _timeout, _warmUp, _rounds, _data, _words, _shared, _recurring,
            _turns, _maxTokens, _fixedLength, _temperature, _objective, _seed, _plot, _json,
        ])
            command.Options.Add(option);
        _plot.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !TradeOffPlot.CanWrite(path))
                result.AddError("--plot must end in .png or .svg.");
        });
        command.Validators.Add(result =>
        {
            int urls = Math.Max(1, result.GetValue(_urls)?.Length ?? 0), models = result.GetValue(_models)?.Length ?? 0;
            if (models > 1 && urls > 1 && models != urls)
                result.AddError($"There are {urls} --url and {models} --model: give one model for all, or one for each.");
            // Its value may be no number, and cannot be asked for.
            if (result.GetResult(_turns) is { Implicit: false, Tokens: [{ Value: not "1" }] } && result.GetValue(_data) is not null)
                result.AddError("--turns goes on with made-up words; it does not go with --data.");
            HashSet<string> servers = [];
            foreach (string url in result.GetValue(_urls) ?? [])
                if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
                    result.AddError($"--url '{url}' is no address such as {DefaultUrl}.");
                else
                    servers.Add(address.GetLeftPart(UriPartial.Authority));
            int keys = result.GetValue(_keys)?.Length ?? 0;
            // Whose key it is is not known, and nobody else may see it.
            if (keys == 1 && servers.Count > 1)
                result.AddError($"--key-env names one key for {servers.Count} servers: give one for each endpoint, in the order of --url, '{NoKey}' for no key.");
            else if (keys > 1 && keys != Math.Max(urls, models))
                result.AddError($"There are {Math.Max(urls, models)} endpoints and {keys} --key-env: give one for all, or one for each.");
        });
    }

    /// <summary>Decides prompts and times: what was given, else another one in every call.</summary>
    public ulong Seed(ParseResult result) => result.GetValue(_seed) ?? (ulong)Random.Shared.Next();

    /// <summary>The endpoints, in the order in which they take turns.</summary>
    /// <exception cref="CommandFailedException">The variable of the key is not set.</exception>
    public IReadOnlyList<LoadTarget> Targets(ParseResult result)
    {
        string?[] keys = result.GetValue(_keys) is { Length: > 0 } variables ? [.. variables.Select(KeyOf)] : [null];
        string[] urls = result.GetValue(_urls) is { Length: > 0 } stated ? stated : [DefaultUrl];
        string[] models = result.GetValue(_models) is { Length: > 0 } named ? named : ["cascade"];
        int count = Math.Max(urls.Length, models.Length);
        return [.. Enumerable.Range(0, count).Select(i => new LoadTarget(BaseOf(urls[i % urls.Length]), models[i % models.Length], keys[i % keys.Length]))];

        static string? KeyOf(string variable) => variable == NoKey
            ? null
            : Environment.GetEnvironmentVariable(variable) ?? throw new CommandFailedException($"The environment variable {variable} of --key-env is not set.");
    }

    /// <summary>The loads, each for a run of every endpoint in every round.</summary>
    public IReadOnlyList<LoadOptions> Loads(ParseResult result, ulong seed)
    {
        double? rate = result.GetValue(_rate);
        int?[] concurrency = result.GetValue(_concurrency) is { Length: > 0 } stated ? [.. stated.Select(n => (int?)n)] : [rate is null ? 1 : null];
        return
        [
            .. concurrency.Select(atOnce => new LoadOptions
            {
                Concurrency = atOnce,
                Rate = rate,
                Duration = TimeSpan.FromSeconds(result.GetValue(_duration)),
                Requests = result.GetValue(_requests),
                Timeout = TimeSpan.FromSeconds(result.GetValue(_timeout)),
                WarmUp = result.GetValue(_warmUp) ?? atOnce ?? 1,
                Seed = seed,
                MaxTokens = result.GetValue(_maxTokens),
                IsFixedLength = result.GetValue(_fixedLength),
                Temperature = result.GetValue(_temperature),
                Objective = result.GetValue(_objective),
            }),
        ];
    }

    /// <summary>What each endpoint is asked, by its lane.</summary>
    public Workload[] Workloads(ParseResult result, ulong seed, IReadOnlyList<int> lanes)
    {
        IReadOnlyList<Query>? queries = result.GetValue(_data) is { } file ? QueryFile.Read(file).Queries : null;
        return
        [
            .. lanes.Select(lane => new Workload(seed, queries)
            {
                PromptWords = result.GetValue(_words),
                SharedPrefixWords = result.GetValue(_shared) ?? 0,
                Recurring = result.GetValue(_recurring),
                Turns = result.GetValue(_turns),
                Lane = lane,
            }),
        ];
    }

    /// <summary>All that a reader of the report has to know of these.</summary>
    public LoadSettings Settings(ParseResult result, ulong seed) => new()
    {
        Rate = result.GetValue(_rate),
        Duration = result.GetValue(_duration),
        Requests = result.GetValue(_requests),
        Data = result.GetValue(_data),
        PromptWords = result.GetValue(_words),
        SharedPrefix = result.GetValue(_shared) ?? 0,
        Recurring = result.GetValue(_recurring),
        Turns = result.GetValue(_turns),
        MaxTokens = result.GetValue(_maxTokens),
        FixedLength = result.GetValue(_fixedLength),
        Temperature = result.GetValue(_temperature),
        Slo = result.GetValue(_objective),
        Seed = seed,
    };

    /// <summary>How often every endpoint has its turn at every load.</summary>
    public int Rounds(ParseResult result, int targets) => result.GetValue(_rounds) ?? (targets > 1 ? 5 : 1);

    public string? Plot(ParseResult result) => result.GetValue(_plot);

    public bool Json(ParseResult result) => result.GetValue(_json);

    // Clients are given the address with /v1; without any path that is meant too.
    private static Uri BaseOf(string url)
    {
        Uri address = new(url.TrimEnd('/') + "/");
        return address.AbsolutePath == "/" ? new Uri(address, "v1/") : address;
    }

    private static Option<int> Count(string name, string description, int preset) =>
        new Option<int>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => preset }.From(1);

    private static int[] ReadCounts(ArgumentResult result)
    {
        List<int> counts = [];
        foreach (string part in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count is < 1 or > 4_096)
            {
                result.AddError($"--concurrency '{part}' is no number from 1 to 4096.");
                return [];
            }

            counts.Add(count);
        }

        return [.. counts.Distinct()];
    }

    private static LoadObjective? ReadObjective(ArgumentResult result)
    {
        Dictionary<string, double> limits = [];
        foreach (string part in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (part.Split(':') is not [("ttft" or "tpot" or "e2el") and var name, var text]
                || !double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double ms) || ms <= 0 || !limits.TryAdd(name, ms))
            {
                result.AddError($"--slo '{part}' is none of ttft:MS, tpot:MS and e2el:MS, each once.");
                return null;
            }
        }

        return new(Limit("ttft"), Limit("tpot"), Limit("e2el"));

        double? Limit(string name) => limits.TryGetValue(name, out double ms) ? ms : null;
    }
}
