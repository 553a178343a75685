using CascadeLocal.Contracts;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Remote;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Members.Tests;

/// <summary>A member elsewhere, at a second process of our own on a free port that serves the little model.</summary>
public sealed class OtherProcessTests(OtherProcess other) : MemberContract, IClassFixture<OtherProcess>
{
    // It sends together what is ready together, and OpenAI's API has no word for the stop string.
    protected override bool TellsEveryToken => false;

    protected override bool TellsStopStrings => false;

    protected override async ValueTask<IMember> StartMemberAsync()
    {
        CascadeProcess.RequireProgramAndTier();
        return await RemoteMember.ConnectAsync(
            new RemoteMemberOptions { Name = "far", Url = other.Url, Model = OtherProcess.Model, ConnectTimeout = TimeSpan.FromMinutes(1) },
            NullLogger.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>The end is some twenty times as likely as any other token.</summary>
    protected override GenerationRequest Whole() =>
        Endless() with { IgnoreEndOfSequence = false, LogitBias = new Dictionary<int, float> { [TestGguf.EndOfTurn] = 6 } };

    protected override GenerationRequest Endless(int topic = 0) => new()
    {
        Messages = [new("user", FormattableString.Invariant($"Say something about topic {topic}."))],
        Seed = (ulong)topic + 1,
        IgnoreEndOfSequence = true,
    };

    protected override IReadOnlyList<(GenerationRequest Request, Type Refusal)> Refused() =>
    [
        (Endless() with { Messages = [new("user", new string('x', 8 * OtherProcess.ContextLength))] }, typeof(ContextLengthExceededException)),
        (Endless() with { Choices = 2 }, typeof(RequestRefusedException)),
        (Endless() with { Constraint = new(OutputConstraintKind.JsonSchema, "{\"not\":{}}") }, typeof(RequestRefusedException)),
        (Endless() with { LogitBias = new Dictionary<int, float> { [TestGguf.VocabularySize] = 1 } }, typeof(RequestRefusedException)),
    ];

    [Fact(Timeout = Deadline)]
    public void It_says_what_it_is()
    {
        Assert.Equal((OtherProcess.ContextLength, SignalKind.TopCandidates), (Member.Capabilities.ContextLength, Member.Capabilities.Signals));
        Assert.Null(((RemoteMember)Member).Identity.Changed);
    }
}

/// <summary>The second process: the little model, so hot that which token is drawn is the seed's choice and no rounding's.</summary>
public sealed class OtherProcess : IAsyncLifetime
{
    public const string Model = "little";

    public const int ContextLength = 32_768;

    private readonly TempFolder _folder = new();
    private CascadeProcess? _server;

    public string Url => new Uri(_server!.Client.BaseAddress!, "/v1").ToString();

    public async ValueTask InitializeAsync()
    {
        // Its tests are skipped then, with the reason.
        if (!File.Exists(RepositoryPaths.Program))
            return;
        string model = _folder.Write("little.gguf", TestGguf.Create().Set("llama.context_length", (uint)ContextLength).Build());
        string config = Path.ChangeExtension(model, ".json");
        await File.WriteAllTextAsync(config, $$"""
            { "pool": [{ "name": "{{Model}}", "path": "little.gguf", "ctx": {{ContextLength}}, "parallel": 4, "threads": 1,
                         "sampling": { "temperature": 2, "top_k": -1, "top_p": 1, "min_p": 0 } }] }
            """);
        _server = await CascadeProcess.ServeAsync("--config", config);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }
}
