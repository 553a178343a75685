using System.Numerics.Tensors;

using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Calibration.Tests.Replay;

/// <summary>Stands in for the encoder: counts of words, folded into a few dimensions.</summary>
internal sealed class WordEmbedder : IEmbedder
{
    /// <summary>How many texts were embedded.</summary>
    public int Calls { get; private set; }

    public string Name => "words";

    public int Dimensions => 16;

    public int MaximumTokens => int.MaxValue;

    public int VocabularySize => 0;

    public string Fingerprint => "test:words";

    public int CountTokens(string text) => text.Split(' ').Length;

    public Task<float[]> EmbedAsync(string text, CancellationToken cancellationToken = default)
    {
        Calls++;
        float[] vector = new float[Dimensions];
        vector[0] = 1;
        foreach (string word in text.Split(' '))
            vector[word.Sum(c => c) % Dimensions]++;
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
        return Task.FromResult(vector);
    }

    public Task<float[]> EmbedAsync(int[] tokens, CancellationToken cancellationToken = default) =>
        throw new ArgumentException("It has no tokens.", nameof(tokens));

    public void Dispose()
    {
    }
}
