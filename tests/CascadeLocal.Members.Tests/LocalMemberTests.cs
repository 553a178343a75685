using CascadeLocal.Contracts;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>A model in this process.</summary>
public sealed class LocalMemberTests : MemberContract
{
    private const int ContextLength = 32_768;

    // So hot that every token is as likely as any other: which one is drawn is the seed's choice, and no rounding's.
    private static readonly SamplingOptions Hot = new() { Temperature = 1000, TopK = 0, TopP = 1, MinP = 0 };

    private readonly TempFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override async ValueTask<IMember> StartMemberAsync()
    {
        string path = _folder.Write("model.gguf", TestGguf.Create().Set("llama.context_length", (uint)ContextLength).Build());
        return await LanguageModel.LoadAsync(
            new ModelOptions { Path = path, Threads = 1, Parallel = 4, ContextLength = ContextLength, Sampling = Hot },
            NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    /// <summary>The end is some fifty times as likely as any other token.</summary>
    protected override GenerationRequest Whole() =>
        Endless() with { IgnoreEndOfSequence = false, LogitBias = new Dictionary<int, float> { [TestGguf.EndOfTurn] = 4000 } };

    protected override GenerationRequest Endless(int topic = 0) => new()
    {
        Messages = [new("user", FormattableString.Invariant($"Say something about topic {topic}."))],
        Seed = (ulong)topic,
        IgnoreEndOfSequence = true,
    };

    protected override IReadOnlyList<(GenerationRequest Request, Type Refusal)> Refused() =>
    [
        (Endless() with { Messages = [new("user", new string('x', 8 * ContextLength))] }, typeof(ContextLengthExceededException)),
        (Endless() with { Choices = 2 }, typeof(RequestRefusedException)),
        (Endless() with { Constraint = new(OutputConstraintKind.JsonSchema, "{\"not\":{}}") }, typeof(RequestRefusedException)),
        (Endless() with { LogitBias = new Dictionary<int, float> { [TestGguf.VocabularySize] = 1 } }, typeof(InvalidTokensException)),
        (Endless() with { LogitBias = new Dictionary<int, float> { [-1] = 1 } }, typeof(InvalidTokensException)),
    ];
}
