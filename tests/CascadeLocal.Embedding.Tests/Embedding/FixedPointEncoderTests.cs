using CascadeLocal.Routing.Embedding;

using TorchSharp;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>The native encoder: the same bits at every level and in every batch, and nothing believed that it is told.</summary>
public sealed class FixedPointEncoderTests
{
    private static readonly Lazy<FixedPointEncoder> Scalar = new(() => Load(FixedPointLevel.Scalar));

    public static TheoryData<string> Levels => [.. Enum.GetNames<FixedPointLevel>().Skip(1)];

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_level_gives_the_bits_of_the_scalar_one(string name)
    {
        FixedPointLevel level = Native.Require(name);
        using FixedPointEncoder encoder = Load(level);
        List<int[]> texts = Texts();
        Assert.Equal(Scalar.Value.Pool(texts), encoder.Pool(texts));
    }

    [Fact]
    public void A_vector_does_not_depend_on_the_batch()
    {
        using FixedPointEncoder encoder = Load(Native.Require().BestLevel);
        List<int[]> texts = Texts();
        float[] together = encoder.Pool(texts);
        for (int i = 0; i < texts.Count; i++)
            Assert.Equal(encoder.Pool([texts[i]]), together[(i * 384)..((i + 1) * 384)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sizes_that_fill_no_block_and_no_register_give_the_vectors_of_float32(bool takesFirstToken)
    {
        Native.Require();
        using TemporaryFolder place = new();
        TinyEncoder.Write(place.Path);
        Directory.CreateDirectory(Path.Combine(place.Path, "1_Pooling"));
        File.WriteAllText(
            Path.Combine(place.Path, "1_Pooling", "config.json"), $$"""{ "pooling_mode_cls_token": {{(takesFirstToken ? "true" : "false")}} }""");
        EncoderFolder folder = new(place.Path);
        using FixedPointEncoder encoder = new(folder);
        using BertEncoder exact = new(folder, torch.ScalarType.Float32, torch.CPU);
        int[][] texts = [[2, 5, 3], [2, 6, 7, 1, 8, 5, 6, 3], [2], [.. Enumerable.Range(0, 16).Select(i => i % 9)]];
        foreach (int[] text in texts)
            Assert.All(exact.Pool([text]).Zip(encoder.Pool([text])), pair => Assert.Equal(pair.First, pair.Second, 2e-3));
    }

    [Fact]
    public void Word_pieces_and_lengths_that_do_not_fit_are_refused()
    {
        Native.Require();
        using TemporaryFolder place = new();
        TinyEncoder.Write(place.Path);
        using FixedPointEncoder encoder = new(new(place.Path));
        Assert.All(
            [[], [-1], [9], new int[17]],
            (int[] wrong) => Assert.Throws<EmbeddingException>(() => encoder.Pool([[2, 3], wrong])));
        Assert.Throws<EmbeddingException>(() => encoder.Pool([]));
        Assert.Equal(TinyEncoder.Hidden, encoder.Pool([[2, 3]]).Length);
    }

    [Fact]
    public unsafe void Shapes_parts_and_counts_that_cannot_be_are_refused()
    {
        FixedPointLibrary library = Native.Require();
        FixedPointShape possible = new() { Vocabulary = 4, Positions = 4, Hidden = 8, Layers = 1, Heads = 2, Intermediate = 12, Epsilon = 1e-12f };
        Func<FixedPointShape, FixedPointShape>[] faults =
        [
            shape => shape with { Vocabulary = 0 }, shape => shape with { Positions = int.MaxValue }, shape => shape with { Hidden = 7 },
            shape => shape with { Layers = -1 }, shape => shape with { Heads = 0 }, shape => shape with { Intermediate = int.MaxValue },
        ];
        nint encoder;
        foreach (Func<FixedPointShape, FixedPointShape> fault in faults)
        {
            FixedPointShape wrong = fault(possible);
            Assert.Equal(-1, library.Create(0, &wrong, &encoder));
        }

        Assert.Equal(-1, library.Create(99, &possible, &encoder));
        Assert.Equal(0, library.Create(0, &possible, &encoder));
        float[] values = new float[1_000];
        fixed (float* source = values)
        {
            Assert.Equal(0, library.Load(encoder, (int)FixedPointPart.Projection, 0, source, 24 * 8));
            Assert.Equal(-1, library.Load(encoder, (int)FixedPointPart.Projection, 0, source, (24 * 8) - 1));
            Assert.Equal(-1, library.Load(encoder, (int)FixedPointPart.Projection, 1, source, 24 * 8));
            Assert.Equal(-1, library.Load(encoder, (int)FixedPointPart.Words, 1, source, 4 * 8));
            Assert.Equal(-1, library.Load(encoder, 16, 0, source, 8));
        }

        library.Free(encoder);
    }

    [Fact]
    public void A_library_that_is_missing_or_none_is_no_error_and_has_a_reason()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "library.so");
        Assert.Null(FixedPointLibrary.Open(path, out string? reason));
        Assert.Contains(path, reason, StringComparison.Ordinal);
        File.WriteAllText(path, "not a library");
        Assert.Null(FixedPointLibrary.Open(path, out reason));
        Assert.Contains(path, reason, StringComparison.Ordinal);
    }

    private static FixedPointEncoder Load(FixedPointLevel level) => new(new(MiniLmCache.Ensure(MiniLmCache.DefaultRoot)), level);

    /// <summary>A third of those in the repository, and one of each number of pieces that a tile or a register can have left over.</summary>
    private static List<int[]> Texts() =>
    [
        .. ReferenceTexts.Read(ReferenceTexts.OwnFolder).Where((_, i) => i % 3 == 0).Select(text => text.Ids),
        .. Enumerable.Range(1, 20).Select(length => Enumerable.Range(2_000, length).ToArray()),
    ];
}

/// <summary>The native library, or the reason why a test cannot run.</summary>
internal static class Native
{
    public static FixedPointLibrary Require()
    {
        Assert.SkipWhen(FixedPointLibrary.Instance is null, FixedPointLibrary.WhyMissing ?? "");
        return FixedPointLibrary.Instance;
    }

    public static FixedPointLevel Require(string name)
    {
        FixedPointLevel level = Enum.Parse<FixedPointLevel>(name), best = Require().BestLevel;
        Assert.SkipWhen(level > best, $"This CPU has no more than {best}.");
        return level;
    }
}
