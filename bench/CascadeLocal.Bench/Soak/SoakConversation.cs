using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Sampling;

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

        using Generation generation = model.Generate(new GenerationRequest
        {
            Prompt = _history.ToArray(),
            MaxTokens = random.Next(1, MaxAnswerTokens),
            IgnoreEndOfSequence = true,
            Stop = random.Next(2) == 0 ? [] : ["\n\n\n"],
            Sampling = random.Next(2) == 0
                ? SamplingParameters.Greedy
                : new SamplingParameters { Temperature = 1, TopP = 0.95f, RepetitionPenalty = 1.1f },
        });
        int wanted = random.Next(8) == 0 ? random.Next(1, MaxAnswerTokens) : int.MaxValue;
        await foreach (GenerationChunk chunk in generation.ReadAllAsync(cancellationToken))
        {
            _history.Add(chunk.Token);
            if (--wanted == 0)
                break;
        }
    }
}
