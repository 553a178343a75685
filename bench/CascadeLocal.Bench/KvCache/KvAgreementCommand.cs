using System.CommandLine;
using System.Globalization;

using CascadeLocal.Bench.Drafts;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.KvCache;

/// <summary>How often a model says the same with a quantised KV cache as with one of 16 bits.</summary>
internal static class KvAgreementCommand
{
    private const int Context = 1024;

    /// <summary>The command <c>kv-agreement</c>.</summary>
    public static Command Create()
    {
        Command command = new("kv-agreement", "Compare greedy answers from quantised KV caches with those from one of 16 bits");
        Option<string?> model = new("--model") { Description = "The GGUF file (default: the largest of the benchmarks' models)", HelpName = "file" };
        Option<int> tokens = new("--tokens") { Description = "The most tokens of an answer", DefaultValueFactory = _ => 64 };
        Option<int> prefix = new("--prefix") { Description = "Questions that stand in front of each, to lengthen the context", DefaultValueFactory = _ => 15 };
        command.Options.Add(model);
        command.Options.Add(tokens);
        command.Options.Add(prefix);
        command.SetAction((result, cancellationToken) => BenchModels.MeasureAsync(
            result.GetValue(model), path => RunAsync(path, result.GetValue(tokens), result.GetValue(prefix), cancellationToken)));
        return command;
    }

    private static async Task RunAsync(string path, int tokens, int prefix, CancellationToken cancellationToken)
    {
        List<int[]> prompts = [];
        List<int[]> answers = [];
        foreach (KvType type in Enum.GetValues<KvType>())
        {
            using LanguageModel model = await LanguageModel.LoadAsync(
                new ModelOptions { Path = path, Parallel = 1, ContextLength = Context, KvType = type, Threads = BenchModels.Threads(), Sampling = BenchModels.Greedy },
                NullLogger.Instance,
                cancellationToken);
            if (type == KvType.F16)
            {
                prompts.AddRange(Prompts(model, prefix));
                foreach (int[] prompt in prompts)
                    answers.Add(await AnswerAsync(model, prompt, tokens, cancellationToken));
            }

            // 16 bits too: what differs there is the rounding between a prompt's batch and a decode's.
            await CompareAsync(model, type, prompts, answers, tokens, cancellationToken);
        }
    }

    /// <summary>Each question behind some others, without answers: models do not mind, and the cache is filled.</summary>
    private static IEnumerable<int[]> Prompts(LanguageModel model, int prefix)
    {
        string[] questions = [.. Questions.All.Select(question => question[0].Content)];
        for (int i = 0; i < questions.Length; i++)
        {
            IEnumerable<string> before = Enumerable.Range(i + 1, prefix).Select(other => questions[other % questions.Length]);
            yield return model.TokenizeChat([new ChatMessage("user", string.Join('\n', [.. before, questions[i]]))]);
        }
    }

    private static async Task CompareAsync(
        LanguageModel model, KvType type, List<int[]> prompts, List<int[]> answers, int tokens, CancellationToken cancellationToken)
    {
        int positions = 0;
        int equal = 0;
        int whole = 0;
        for (int i = 0; i < prompts.Count; i++)
        {
            int[] free = await AnswerAsync(model, prompts[i], tokens, cancellationToken);
            whole += free.AsSpan().SequenceEqual(answers[i]) ? 1 : 0;
            for (int length = 0; length < answers[i].Length; length++)
            {
                int[] next = await AnswerAsync(model, [.. prompts[i], .. answers[i][..length]], 1, cancellationToken);
                positions++;
                equal += next[0] == answers[i][length] ? 1 : 0;
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{type.Name()}: cache {model.Info.KvBytes / 1e6:0.0} MB; {equal} of {positions} tokens equal, teacher-forced ({100.0 * equal / positions:0.00} %); {whole} of {prompts.Count} whole answers equal"));
    }

    private static async Task<int[]> AnswerAsync(LanguageModel model, int[] prompt, int tokens, CancellationToken cancellationToken)
    {
        List<int> answer = [];
        Generation generation = model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = tokens });
        await foreach (AnswerEvent next in generation.ReadAllAsync(cancellationToken))
        {
            if (next.IsToken)
                answer.Add(next.Token);
        }

        return [.. answer];
    }
}
