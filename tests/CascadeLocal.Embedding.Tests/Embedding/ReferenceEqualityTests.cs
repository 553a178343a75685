using CascadeLocal.Routing.Embedding;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>What sentence-transformers itself gave: for 34 texts in the repository, and for 356 in ../shared.</summary>
public sealed class ReferenceEqualityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Word_pieces_equal_the_originals(bool isShared)
    {
        EncoderFolder folder = new(MiniLmCache.Ensure(MiniLmCache.DefaultRoot));
        QueryTokenizer tokenizer = new(folder.Vocabulary, folder.FoldsCase, folder.MaximumPieces, LongTextRule.Head);
        foreach (ReferenceText text in Texts(isShared))
            Assert.True(text.Ids.SequenceEqual(tokenizer.Encode(text.Text)), $"{text.Id}: {string.Join(' ', tokenizer.Encode(text.Text))}");
    }

    [Theory]
    [InlineData(false, EncoderPrecision.Float32, 2e-6)]
    [InlineData(true, EncoderPrecision.Float32, 2e-6)]
    [InlineData(true, EncoderPrecision.BFloat16, 3e-3)]
    [InlineData(false, EncoderPrecision.FixedPoint, 1e-3)]
    [InlineData(true, EncoderPrecision.FixedPoint, 1e-3)]
    public async Task Vectors_equal_the_originals_alone_and_in_batches(bool isShared, EncoderPrecision precision, double tolerance)
    {
        Assert.SkipWhen(precision == EncoderPrecision.FixedPoint && FixedPointLibrary.WhyUnavailable is not null, FixedPointLibrary.WhyUnavailable ?? "");
        TextEmbedder embedder = Encoders.Get(new() { LongText = LongTextRule.Head, Precision = precision });
        IReadOnlyList<ReferenceText> texts = Texts(isShared);
        float[][] alone = new float[texts.Count][];
        for (int i = 0; i < texts.Count; i++)
            alone[i] = await embedder.EmbedAsync(texts[i].Text, TestContext.Current.CancellationToken);
        float[][] together = await Task.WhenAll(
            texts.Select(text => embedder.EmbedAsync(text.Text, TestContext.Current.CancellationToken)));

        double worstAlone = Worst(alone, texts), worstTogether = Worst(together, texts);
        output.WriteLine($"{precision}, {texts.Count} texts: alone {worstAlone:E2}, together {worstTogether:E2}");
        Assert.True(Math.Max(worstAlone, worstTogether) <= tolerance, $"alone {worstAlone}, together {worstTogether}");
    }

    private static double Worst(float[][] vectors, IReadOnlyList<ReferenceText> texts) =>
        vectors.Zip(texts).Max(pair => pair.First.Zip(pair.Second.Vector).Max(values => Math.Abs(values.First - values.Second)));

    private static IReadOnlyList<ReferenceText> Texts(bool isShared)
    {
        if (!isShared)
            return ReferenceTexts.Read(ReferenceTexts.OwnFolder);
        Assert.SkipWhen(ReferenceTexts.SharedFolder is null, ReferenceTexts.SharedMissing);
        return ReferenceTexts.Read(ReferenceTexts.SharedFolder!);
    }
}
