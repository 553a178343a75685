using System.Text;

using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Text;
using CascadeLocal.Tests.Common;

using LLama.Native;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Drafts;

/// <summary>When token ids mean the same to two models.</summary>
public sealed class VocabularyFingerprintTests : IDisposable
{
    private static readonly Entry[] Tokens =
    [
        new("<end>", LLamaTokenAttr.Control, EndsGeneration: true), new("a"), new("b"), new("", LLamaTokenAttr.Unused), new("ab"),
        new(new string('x', 1000)),
    ];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_content_has_the_same_fingerprint() => Assert.Equal(Of(Tokens), Of([.. Tokens]));

    [Fact]
    public void Unused_tokens_at_the_end_do_not_matter_and_elsewhere_do()
    {
        Entry padding = new("[PAD]", LLamaTokenAttr.Unused);
        Assert.Equal(Of(Tokens), Of([.. Tokens, padding]));
        Assert.Equal(Of(Tokens), Of([.. Tokens, padding, padding with { Text = "" }]));
        Assert.NotEqual(Of(Tokens), Of([padding, .. Tokens]));
        Assert.NotEqual(Of(Tokens), Of([.. Tokens, padding, new("c")]));
    }

    [Fact]
    public void Every_text_type_and_special_token_matters()
    {
        HashSet<string> seen = [Of(Tokens), Of(Tokens[..^1]), Of(Tokens, special: [0, 2]), Of(Tokens, special: [-1, 1]), Of(Tokens, special: [0])];
        for (int i = 0; i < Tokens.Length; i++)
        {
            foreach (Entry changed in new[]
            {
                Tokens[i] with { Text = Tokens[i].Text + "?" }, Tokens[i] with { Type = LLamaTokenAttr.UserDefined },
                Tokens[i] with { EndsGeneration = !Tokens[i].EndsGeneration },
            })
            {
                Entry[] tokens = [.. Tokens];
                tokens[i] = changed;
                Assert.True(seen.Add(Of(tokens)), $"{changed} in place of token {i}");
            }
        }

        // A border between two texts that moves is a change, too.
        Assert.NotEqual(Of([new("ab"), new("c")]), Of([new("a"), new("bc")]));
    }

    [Fact]
    public async Task Models_of_one_tokenizer_share_it_and_others_do_not()
    {
        MemberCapabilities nano = await CapabilitiesAsync(Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf"));
        MemberCapabilities small = await CapabilitiesAsync(Path.Combine(RepositoryPaths.DefaultTier, "small.gguf"));
        MemberCapabilities random = await CapabilitiesAsync(_folder.Write("random.gguf", TestGguf.Create().Build()));
        MemberCapabilities otherWeights = await CapabilitiesAsync(_folder.Write("weights.gguf", TestGguf.Create(seed: 2).Build()));
        MemberCapabilities otherEnd = await CapabilitiesAsync(_folder.Write("end.gguf", TestGguf.Create().Set("tokenizer.ggml.eos_token_id", 1u).Build()));

        Assert.True(nano.SharesVocabularyWith(small) && small.SharesVocabularyWith(nano));
        Assert.True(random.SharesVocabularyWith(otherWeights));
        Assert.False(random.SharesVocabularyWith(nano));
        Assert.False(random.SharesVocabularyWith(otherEnd));
    }

    [Fact]
    public async Task An_unknown_vocabulary_is_shared_with_none()
    {
        MemberCapabilities unknown =
            await CapabilitiesAsync(_folder.Write("random.gguf", TestGguf.Create().Build())) with { VocabularyFingerprint = null };

        Assert.False(unknown.SharesVocabularyWith(unknown));
    }

    private static string Of(Entry[] tokens, int[]? special = null) => VocabularyFingerprint.Of(
        tokens.Length,
        (token, destination) => Encoding.UTF8.TryGetBytes(tokens[token].Text, destination, out int written)
            ? written
            : Encoding.UTF8.GetByteCount(tokens[token].Text),
        token => tokens[token].Type,
        token => tokens[token].EndsGeneration,
        special ?? [0, 1]);

    private static async Task<MemberCapabilities> CapabilitiesAsync(string path)
    {
        using LanguageModel model = await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Threads = 1, Parallel = 1, ContextLength = 64 }, NullLogger.Instance,
            TestContext.Current.CancellationToken);
        return model.Capabilities;
    }

    private sealed record Entry(string Text, LLamaTokenAttr Type = LLamaTokenAttr.Normal, bool EndsGeneration = false);
}
