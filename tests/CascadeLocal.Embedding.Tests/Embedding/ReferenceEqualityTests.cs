using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Embedding.Bert;
using CascadeLocal.Routing.Embedding.MiniLm;
using CascadeLocal.Routing.Embedding.Tokenizer;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>What sentence-transformers itself gave for 356 texts.</summary>
public sealed class ReferenceEqualityTests(ITestOutputHelper output)
{
    [Fact]
    public void Word_pieces_equal_the_originals()
    {
        EncoderFolder folder = new(MiniLmCache.Ensure(MiniLmCache.DefaultRoot));
        QueryTokenizer tokenizer = new(folder.Vocabulary, folder.FoldsCase, folder.MaximumPieces, LongTextRule.Head);
        List<string> different = [];
        foreach (ReferenceText text in Shared())
        {
            int[] ids = tokenizer.Encode(text.Text);
            if (!ids.SequenceEqual(text.Ids))
                different.Add($"{text.Id}: {string.Join(' ', ids)} instead of {string.Join(' ', text.Ids)}");
        }

        Assert.Empty(different);
    }

    [Theory]
    [InlineData(EncoderPrecision.Float32, 2e-6)]
    [InlineData(EncoderPrecision.BFloat16, 1e-3)]
    public async Task Vectors_equal_the_originals(EncoderPrecision precision, double tolerance)
    {
        TextEmbedder embedder = Encoders.Get(new() { LongText = LongTextRule.Head, Precision = precision });
        IReadOnlyList<ReferenceText> texts = Shared();
        float[][] alone = new float[texts.Count][];
        for (int i = 0; i < texts.Count; i++)
            alone[i] = await embedder.EmbedAsync(texts[i].Text, TestContext.Current.CancellationToken);
        float[][] together = await Task.WhenAll(
            texts.Select(text => embedder.EmbedAsync(text.Text, TestContext.Current.CancellationToken)));

        double worstAlone = Worst(alone, texts), worstTogether = Worst(together, texts);
        output.WriteLine($"{precision}: alone {worstAlone:E2}, together {worstTogether:E2}");

        Assert.True(Math.Max(worstAlone, worstTogether) <= tolerance, $"alone {worstAlone}, together {worstTogether}");
    }

    private static double Worst(float[][] vectors, IReadOnlyList<ReferenceText> texts) =>
        vectors.Zip(texts).Max(pair => pair.First.Zip(pair.Second.Vector).Max(values => Math.Abs(values.First - values.Second)));

    private static IReadOnlyList<ReferenceText> Shared()
    {
        Assert.SkipWhen(ReferenceTexts.SharedFolder is null, ReferenceTexts.SharedMissing);
        return ReferenceTexts.Read(ReferenceTexts.SharedFolder!);
    }
}
