using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Embeds by whether a text holds the word hard: (0, 1) if it does, else (1, 0).</summary>
internal sealed class LetterEmbedder : IEmbedder
{
    public const string Print = "letters";

    public string Name => Print;

    public int Dimensions => 2;

    public int MaximumTokens => 10;

    public string Fingerprint => Print;

    /// <summary>A word is a token.</summary>
    public int CountTokens(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;

    public Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken = default) =>
        Task.FromResult<float[]>(text.Contains("hard", StringComparison.Ordinal) ? [0, 1] : [1, 0]);

    public void Dispose()
    {
    }
}
