using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Embeds by the word that a text holds: (0, 1) where that is hard, (0, -1) where it is strange, else (1, 0).</summary>
internal sealed class LetterEmbedder : IEmbedder
{
    public const string Print = "letters";

    public string Name => Print;

    public int Dimensions => 2;

    public int MaximumTokens => 10;

    public int VocabularySize => 50;

    public string Fingerprint => Print;

    /// <summary>A word is a token.</summary>
    public int CountTokens(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>What it waits for with every text.</summary>
    public Func<CancellationToken, Task> Working { get; set; } = _ => Task.CompletedTask;

    public async Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken = default)
    {
        await Working(cancellationToken);
        return text.Contains("hard", StringComparison.Ordinal) ? [0, 1] : text.Contains("strange", StringComparison.Ordinal) ? [0, -1] : [1, 0];
    }

    /// <summary>Two is the token of what is hard.</summary>
    public Task<float[]> EmbedAsync(int[] tokens, CancellationToken cancellationToken = default) =>
        EmbedAsync(tokens.Contains(2) ? "hard" : "easy", cancellationToken);

    public void Dispose()
    {
    }
}
