using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Scheduling;

namespace CascadeLocal.Bench.Soak;

/// <summary>One stream's requests: turns of a conversation, which is begun anew once it is long.</summary>
internal sealed class SoakConversation(LanguageModel model, Random random)
{
    private const int MaxTurnTokens = 100;
    private const int MaxAnswerTokens = 96;

    private readonly List<int> _history = [];

    /// <summary>Asks once more and reads the answer, or its beginning.</summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        if (_history.Count + MaxTurnTokens + MaxAnswerTokens > model.Info.ContextLength / 2)
            _history.Clear();
        _history.AddRange(RandomPrompt.Create(random, random.Next(1, MaxTurnTokens), model.Info));

        await using Generation generation = model.Start(new GenerationRequest
        {
            Prompt = _history.ToArray(),
            MaxTokens = random.Next(1, MaxAnswerTokens),
            IgnoreEndOfSequence = true,
            Stop = random.Next(2) == 0 ? [] : ["\n\n\n"],
            Sampling = random.Next(2) == 0
                ? BenchModels.Greedy
                : new() { Temperature = 1, TopK = 0, TopP = 0.95f, MinP = 0, RepetitionPenalty = 1.1f },
        });
        int wanted = random.Next(8) == 0 ? random.Next(1, MaxAnswerTokens) : int.MaxValue;
        await foreach (AnswerEvent next in generation.ReadAllAsync(cancellationToken))
        {
            if (next.Failure is { } failure)
                throw failure;
            if (!next.IsToken)
                continue;
            _history.Add(next.Token);
            if (--wanted == 0)
                break;
        }
    }
}
