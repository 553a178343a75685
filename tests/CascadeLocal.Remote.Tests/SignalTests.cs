using System.Text;

using CascadeLocal.Contracts;

using CsCheck;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>What is taken from the best candidates, and which text belongs to which token.</summary>
public sealed class SignalTests
{
    private static readonly string[] Parts = ["a", "é", "世", "👩‍🚀", " ", "!"];

    private static readonly Gen<float[]> Distribution = Gen.Double[0.001, 1].Array[2, 12].Select(weights =>
        weights.Select(weight => (float)Math.Log(weight / weights.Sum())).ToArray());

    [Fact]
    public void All_candidates_together_give_the_entropy_and_the_margin_of_the_distribution() => Distribution.Sample(all =>
    {
        TokenSignals signals = TokenSignals.FromCandidates(all[0], all);
        double entropy = -all.Sum(logprob => Math.Exp(logprob) * logprob);
        float[] best = [.. all.OrderDescending().Take(2)];
        Assert.Equal(entropy, signals.Entropy, 1e-4);
        Assert.Equal((all[0], best[0] - best[1]), (signals.LogProbability, signals.Margin));
    });

    [Fact]
    public void The_best_alone_give_an_entropy_that_is_never_too_large_and_grows_with_their_number() => Distribution.Sample(all =>
    {
        float[] sorted = [.. all.OrderDescending()];
        float before = 0;
        for (int count = 1; count <= sorted.Length; count++)
        {
            TokenSignals signals = TokenSignals.FromCandidates(0, sorted.AsSpan(0, count));
            Assert.InRange(signals.Entropy, before - 1e-5f, Math.Log(count + 1) + 1e-5);
            Assert.Equal(count == 1 ? 0 : sorted[0] - sorted[1], signals.Margin);
            before = signals.Entropy;
        }
    });

    [Fact]
    public void Their_order_does_not_matter() => Distribution.Sample(all =>
    {
        TokenSignals there = TokenSignals.FromCandidates(0, all);
        TokenSignals back = TokenSignals.FromCandidates(0, [.. all.Reverse()]);
        Assert.Equal(there.Entropy, back.Entropy, 1e-5f);
        Assert.Equal(there.Margin, back.Margin);
    });

    [Fact]
    public void Odd_candidates_give_numbers_and_none_gives_none()
    {
        Assert.Equal(new TokenSignals(-1, float.NaN, float.NaN), TokenSignals.FromCandidates(-1, []));
        Assert.Equal(new TokenSignals(0, 0, float.PositiveInfinity), TokenSignals.FromCandidates(0, [0, float.NegativeInfinity]));
        Assert.Equal(new TokenSignals(0, 0, 9999), TokenSignals.FromCandidates(0, [0, -9999, -9999]));
        // More than everything: two of equal weight.
        TokenSignals twice = TokenSignals.FromCandidates(0, [0, 0]);
        Assert.Equal(Math.Log(2), twice.Entropy, 1e-6);
        Assert.Equal(0, twice.Margin);
    }

    // Tokens of a byte-level vocabulary cut characters anywhere; a server shows text in whole characters, in chunks of any number of tokens.
    [Fact]
    public void The_pieces_of_the_tokens_are_the_text_wherever_characters_are_cut() =>
        Gen.Select(Gen.Int[0, 5].Array[1, 12].Select(parts => string.Concat(parts.Select(part => Parts[part]))), Gen.Int[1, 5].Array[40], Gen.Int[1, 4].Array[40]).Sample((text, cuts, groups) =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            List<byte[]> tokens = [];
            for (int at = 0; at < bytes.Length; at += tokens[^1].Length)
                tokens.Add(bytes[at..Math.Min(bytes.Length, at + cuts[tokens.Count % 40])]);

            TokenSplitter splitter = new();
            StringBuilder pieces = new();
            int shown = 0, next = 0, chunks = 0;
            List<int> ends = [];
            while (next < tokens.Count)
            {
                WireToken[] chunk = [.. tokens.Skip(next).Take(groups[chunks++ % 40]).Select(Token)];
                next += chunk.Length;
                int length = tokens.Take(next).Sum(token => token.Length);
                string known = Whole(bytes.AsSpan(0, length));
                string released = known[shown..];
                shown = known.Length;
                splitter.Split(released, chunk, ends);
                int start = 0, told = length - chunk.Sum(token => token.Bytes!.Count);
                for (int i = 0; i < chunk.Length; i++)
                {
                    pieces.Append(released, start, ends[i] - start);
                    start = ends[i];
                    told += chunk[i].Bytes!.Count;
                    // Each has released exactly what was whole with it.
                    Assert.Equal(Whole(bytes.AsSpan(0, told)), pieces.ToString());
                }
            }

            Assert.Equal(text, pieces.ToString());
        });

    [Fact]
    public void Whatever_tokens_say_of_their_text_the_chunk_s_is_kept() =>
        Gen.Select(Gen.String, Gen.Select(Gen.String.Null(), Gen.Int[-1, 300].Array[0, 4].Null()).Array[1, 6].Array[1, 4]).Sample((text, chunks) =>
        {
            TokenSplitter splitter = new();
            List<int> ends = [];
            foreach ((string? Letters, int[]? Bytes)[] chunk in chunks)
            {
                splitter.Split(text, [.. chunk.Select(token => new WireToken(token.Letters, null, token.Bytes, null, null))], ends);
                Assert.Equal(chunk.Length, ends.Count);
                Assert.Equal(ends.Order(), ends);
                Assert.InRange(ends[0], 0, text.Length);
                Assert.Equal(text.Length, ends[^1]);
            }
        });

    [Fact]
    public void A_marker_that_is_not_shown_takes_no_text()
    {
        List<int> ends = [];
        new TokenSplitter().Split("lo!", [new WireToken("lo", 0, null, null, null), new WireToken("!", 0, null, null, null), new WireToken("<|im_end|>", 0, null, null, null)], ends);
        Assert.Equal([2, 3, 3], ends);
    }

    private static WireToken Token(byte[] bytes) => new(Encoding.UTF8.GetString(bytes), -1, [.. bytes.Select(value => (int)value)], null, null);

    private static string Whole(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Rune.DecodeLastFromUtf8(bytes, out _, out int begun) != System.Buffers.OperationStatus.Done)
            bytes = bytes[..^begun];
        return Encoding.UTF8.GetString(bytes);
    }
}
