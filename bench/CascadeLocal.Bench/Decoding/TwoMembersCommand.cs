using System.CommandLine;
using System.Globalization;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Decoding;

/// <summary>What a member loses while another one decodes beside it on cores of its own: answers alone and beside the other in turns.</summary>
internal static class TwoMembersCommand
{
    private const int PromptTokens = 64;

    /// <summary>The command <c>two-members</c>.</summary>
    public static Command Create()
    {
        Command command = new("two-members", "Measure the TPOT of two models that decode at once, one thread each, against each alone");
        Option<string?> model = new("--model") { Description = "A GGUF file (default: the largest of the benchmarks' models)", HelpName = "file" };
        Option<string?> other = new("--other") { Description = "The other one (default: base of the shipped tier)", HelpName = "file" };
        Option<int> tokens = new("--tokens") { Description = "Tokens of an answer", DefaultValueFactory = _ => 128 };
        Option<int> rounds = new("--rounds") { Description = "Rounds, each alone and together", DefaultValueFactory = _ => 7 };
        foreach (Option option in new Option[] { model, other, tokens, rounds })
            command.Options.Add(option);
        command.SetAction((result, cancellationToken) => BenchModels.MeasureAsync(result.GetValue(model), async path =>
        {
            string second = result.GetValue(other) ?? BenchModels.Shipped("base") ?? path;
            using LanguageModel one = await LoadAsync(path, cancellationToken);
            using LanguageModel two = await LoadAsync(second, cancellationToken);
            await MeasureAsync(one, two, result.GetValue(tokens), result.GetValue(rounds), cancellationToken);
        }));
        return command;
    }

    private static async Task MeasureAsync(LanguageModel one, LanguageModel two, int tokens, int rounds, CancellationToken cancellationToken)
    {
        List<double> ofOne = [];
        List<double> ofTwo = [];
        await TpotAsync(one, tokens, cancellationToken);
        await TpotAsync(two, tokens, cancellationToken);
        for (int round = 0; round < rounds; round++)
        {
            double oneAlone = await TpotAsync(one, tokens, cancellationToken);
            double twoAlone = await TpotAsync(two, tokens, cancellationToken);
            ofOne.Add(await BesideAsync(one, two, tokens, cancellationToken) / oneAlone);
            ofTwo.Add(await BesideAsync(two, one, tokens, cancellationToken) / twoAlone);
        }

        foreach ((LanguageModel model, LanguageModel other, List<double> ratios) in new[] { (one, two, ofOne), (two, one, ofTwo) })
        {
            double[] sorted = [.. ratios.Order()];
            Figures.Add($"TPOT of {model.Info.Name} beside {other.Info.Name} over alone", sorted[sorted.Length / 2]);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{model.Info.Name} beside {other.Info.Name}: TPOT {sorted[sorted.Length / 2]:0.000} times that alone (median of {rounds}, {sorted[0]:0.000} to {sorted[^1]:0.000})"));
        }
    }

    /// <summary>The TPOT of an answer during all of which the other model decodes.</summary>
    private static async Task<double> BesideAsync(LanguageModel model, LanguageModel other, int tokens, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task beside = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                    await TpotAsync(other, 16, CancellationToken.None);
            },
            CancellationToken.None);
        double tpot = await TpotAsync(model, tokens, cancellationToken);
        await stop.CancelAsync();
        await beside;
        return tpot;
    }

    private static async Task<double> TpotAsync(LanguageModel model, int tokens, CancellationToken cancellationToken)
    {
        Generation generation = model.Start(new GenerationRequest
        {
            Prompt = RandomPrompt.Create(new Random(1), PromptTokens, model.Info), MaxTokens = tokens, IgnoreEndOfSequence = true,
        });
        GenerationResult result = await generation.FinishAsync(cancellationToken);
        return (result.EndToEnd - result.TimeToFirstToken).TotalMilliseconds / (result.OutputTokens - 1);
    }

    private static Task<LanguageModel> LoadAsync(string path, CancellationToken cancellationToken) => LanguageModel.LoadAsync(
        new ModelOptions { Path = path, Parallel = 1, ContextLength = 512, Threads = 1, Sampling = BenchModels.Greedy },
        NullLogger.Instance,
        cancellationToken);
}
